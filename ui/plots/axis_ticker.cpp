// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/axis_ticker.h"

#include "ui/format.h"

#include <qcustomplot.h>

#include <cmath>

namespace halftone {

namespace {

/// "1.5 k"; ticks are round numbers, whose zeros behind the point say nothing.
QString shortCount(double count) {
    static constexpr const char* prefixes[] = {"", " k", " M", " G", " T"};
    int prefix = 0;
    for (; count >= 1000 && prefix < 4; ++prefix)
        count /= 1000;
    return QString::number(count, 'g', 4) + QLatin1String(prefixes[prefix]);
}

class ValueTicker : public QCPAxisTicker {
public:
    ValueTicker() { setTickCount(5); }

protected:
    QString getTickLabel(double tick, const QLocale&, QChar, int) override {
        QString text = QString::number(std::abs(tick) < 1e-12 ? 0 : tick, 'g', 4);
        return text.replace(u'-', QChar(0x2212));
    }
    QVector<double> createSubTickVector(int, const QVector<double>&) override { return {}; }
};

class CountTicker : public QCPAxisTicker {
public:
    CountTicker() { setTickCount(4); }

protected:
    QString getTickLabel(double tick, const QLocale&, QChar, int) override { return shortCount(tick); }
    QVector<double> createSubTickVector(int, const QVector<double>&) override { return {}; }
};

class LogCountTicker : public QCPAxisTickerLog {
protected:
    QString getTickLabel(double tick, const QLocale&, QChar, int) override {
        return tick < 1 ? QString() : shortCount(tick);
    }
    QVector<double> createSubTickVector(int, const QVector<double>&) override { return {}; }
};

class LogTicker : public LogCountTicker {
protected:
    QString getTickLabel(double tick, const QLocale&, QChar, int) override { return shortCount(tick); }
};

class IndexTicker : public CountTicker {
protected:
    double getTickStep(const QCPRange& range) override {
        return std::max(1.0, std::round(QCPAxisTicker::getTickStep(range)));
    }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override { return countText(std::llround(tick)); }
};

} // namespace

QSharedPointer<QCPAxisTicker> valueTicker() {
    return QSharedPointer<ValueTicker>::create();
}

QSharedPointer<QCPAxisTicker> countTicker(bool logarithmic) {
    if (logarithmic)
        return QSharedPointer<LogCountTicker>::create();
    return QSharedPointer<CountTicker>::create();
}

QSharedPointer<QCPAxisTicker> logTicker() {
    return QSharedPointer<LogTicker>::create();
}

QSharedPointer<QCPAxisTicker> indexTicker() {
    return QSharedPointer<IndexTicker>::create();
}

} // namespace halftone
