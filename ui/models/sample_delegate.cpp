// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/sample_delegate.h"

#include "ui/format.h"
#include "ui/models/sample_list.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QPainter>

#include <algorithm>

namespace halftone {

namespace {

constexpr int pictureSide = 96, padding = theme::grid, pairCount = 5;
constexpr auto left = Qt::AlignLeft | Qt::AlignAbsolute | Qt::AlignVCenter | Qt::TextSingleLine;
constexpr auto right = Qt::AlignRight | Qt::AlignAbsolute | Qt::AlignVCenter | Qt::TextSingleLine;

int rowHeight(const QFontMetrics& metrics, bool pictures, bool scores) {
    const int lines = scores ? pairCount : 3;
    return 2 * padding + std::max(pictures ? pictureSide : 0, lines * (metrics.height() + 4));
}

void drawText(QPainter* painter, const QRect& rect, int alignment, const QString& text, const QColor& color,
              Qt::TextElideMode elide = Qt::ElideRight) {
    painter->setPen(color);
    painter->drawText(rect, alignment, painter->fontMetrics().elidedText(text, elide, rect.width()));
}

/// Enlarged without smoothing: a picture of 28 pixels is what the network sees, not a blur.
void drawPicture(QPainter* painter, const QRect& frame, const QPixmap& picture) {
    if (picture.isNull()) {
        painter->fillRect(frame, theme::mixed(theme::other(), 0.25));
        drawText(painter, frame, Qt::AlignCenter, Text::tr("no picture"), theme::quietText());
        return;
    }
    const QSize size = picture.size().scaled(frame.size(), Qt::KeepAspectRatio);
    const QRect target(
        frame.topLeft() + QPoint((frame.width() - size.width()) / 2, (frame.height() - size.height()) / 2), size);
    painter->setRenderHint(QPainter::SmoothPixmapTransform, picture.width() > size.width());
    painter->drawPixmap(target, picture);
}

QColor changeColor(const std::string& change) {
    if (change == "right-to-wrong")
        return theme::asText(theme::slower());
    if (change == "wrong-to-right")
        return theme::asText(theme::faster());
    return theme::quietText();
}

class Row {
public:
    Row(QPainter* painter, const QStyleOptionViewItem& option, const SampleList& list, const QModelIndex& index)
        : m_painter(painter), m_text(option.palette.color(QPalette::Text)), m_font(option.font), m_list(list),
          m_index(index), m_sample(list.sample(index)), m_line(option.fontMetrics.height() + 4),
          m_content(option.rect.adjusted(padding, padding, -padding, -padding)) {}

    void paint() {
        QRect rest = m_content;
        if (m_list.showsPictures()) {
            drawPicture(m_painter, {m_content.topLeft(), QSize(pictureSide, pictureSide)}, m_list.picture(m_index));
            rest.adjust(pictureSide + 2 * padding, 0, 0, 0);
        }
        const bool bars = !m_sample.top.empty();
        QRect words = rest;
        if (bars)
            words.setWidth(rest.width() * 2 / 5);
        paintWords(words);
        if (bars)
            paintBars(rest.adjusted(words.width() + 2 * padding, 0, 0, 0));
    }

private:
    void paintWords(QRect rect) {
        QFont bold = m_font;
        bold.setWeight(QFont::DemiBold);
        m_painter->setFont(bold);
        rect.setHeight(m_line);
        drawText(m_painter, rect, left, plain(m_sample.sample), m_text, Qt::ElideMiddle);
        m_painter->setFont(m_font);
        const auto line = [&](const QString& text, const QColor& color) {
            rect.translate(0, m_line);
            drawText(m_painter, rect, left, text, color);
        };
        if (!m_sample.change.empty())
            line(changeText(m_sample.change), changeColor(m_sample.change));
        if (m_sample.label >= 0)
            line(Text::tr("label %1").arg(className(m_sample.label)), m_text);
        if (m_sample.fp32 >= 0)
            line(m_sample.fp32 == m_sample.int8
                     ? Text::tr("fp32 and int8 say %1").arg(className(m_sample.fp32))
                     : Text::tr("fp32 %1 → int8 %2").arg(className(m_sample.fp32), className(m_sample.int8)),
                 m_text);
        if (m_sample.kept)
            line(Text::tr("%1 kept").arg(shareText(*m_sample.kept)), m_text);
        if (m_sample.distance > 0) // unknown in reports of the first versions
            line(Text::tr("output moved by %1").arg(shareText(m_sample.distance)), theme::quietText());
    }

    QString className(int64_t index) const { return classText(m_list.accuracy(), index); }

    void paintBars(const QRect& rect) {
        const std::vector<ScorePair> pairs = scorePairs(m_sample);
        double low = 0, high = 0;
        for (const ScorePair& pair : pairs)
            for (const auto& score : {pair.fp32, pair.int8}) {
                low = std::min(low, score.value_or(0));
                high = std::max(high, score.value_or(0));
            }
        const QFontMetrics metrics(m_font);
        m_decimals = high < 1 ? 3 : high < 10 ? 2 : 1;
        const int numbers = metrics.horizontalAdvance(QStringLiteral("-88.88 → -88.88")) + padding;
        const int names = std::max(metrics.horizontalAdvance(QStringLiteral("8888")) + padding, rect.width() * 3 / 10);
        QRect name(rect.topLeft(), QSize(names, m_line));
        QRect number(rect.right() - numbers, rect.top(), numbers, m_line);
        QRect bars(name.right() + padding, rect.top(), number.left() - name.right() - 2 * padding, m_line);
        for (const ScorePair& pair : pairs) {
            paintName(name, pair);
            paintPair(bars, pair, low, high);
            drawText(m_painter, number, right,
                     QStringLiteral("%1 → %2").arg(scoreText(pair.fp32), scoreText(pair.int8)), m_text);
            for (QRect* part : {&name, &bars, &number})
                part->translate(0, m_line);
        }
    }

    /// What is right stands out by weight, not by colour.
    void paintName(const QRect& rect, const ScorePair& pair) {
        QFont font = m_font;
        const bool isLabel = pair.index == m_sample.label;
        font.setWeight(isLabel ? QFont::DemiBold : QFont::Normal);
        m_painter->setFont(font);
        drawText(m_painter, rect, right, isLabel ? QStringLiteral("✓ ") + className(pair.index) : className(pair.index),
                 m_text);
        m_painter->setFont(m_font);
    }

    void paintPair(const QRect& rect, const ScorePair& pair, double low, double high) {
        const double perUnit = high > low ? rect.width() / (high - low) : 0;
        const double zero = rect.left() - low * perUnit;
        const double height = (rect.height() - 5) / 2.0;
        double top = rect.top() + 2;
        for (const auto& [precision, score] : {std::pair("fp32", pair.fp32), std::pair("int8", pair.int8)}) {
            if (score)
                m_painter->fillRect(
                    QRectF(QPointF(zero, top), QPointF(zero + *score * perUnit, top + height)).normalized(),
                    theme::precision(precision));
            top += height + 1;
        }
        m_painter->setPen(theme::gridLine());
        m_painter->drawLine(QPointF(zero, rect.top() + 1), QPointF(zero, rect.bottom() - 1));
    }

    QString scoreText(const std::optional<double>& score) const {
        return score ? QString::number(*score, 'f', m_decimals).replace(u'-', QChar(0x2212)) : missing();
    }

    QPainter* m_painter;
    QColor m_text;
    QFont m_font;
    const SampleList& m_list;
    QModelIndex m_index;
    const ChangedSample& m_sample;
    int m_line;
    QRect m_content;
    int m_decimals = 2; // of all numbers of the row, by the largest
};

} // namespace

void SampleDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    painter->save();
    painter->setFont(option.font);
    if (option.state & QStyle::State_Selected) { // a tint, as in tables: the bars' hues stay readable
        const QColor highlight = option.palette.color(QPalette::Highlight);
        painter->fillRect(option.rect, theme::mixed(highlight, theme::isDark() ? 0.35 : 0.16));
        painter->fillRect(QRect(option.rect.left(), option.rect.top(), 3, option.rect.height()), highlight);
    }
    Row(painter, option, static_cast<const SampleList&>(*index.model()), index).paint();
    painter->setPen(theme::gridLine());
    painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
    if (option.state & QStyle::State_HasFocus) {
        painter->setPen(option.palette.color(QPalette::Highlight));
        painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
    }
    painter->restore();
}

QSize SampleDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const auto& list = static_cast<const SampleList&>(*index.model());
    return {480, rowHeight(option.fontMetrics, list.showsPictures(), !list.sample(index).top.empty())};
}

} // namespace halftone
