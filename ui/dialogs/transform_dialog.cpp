// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/transform_dialog.h"

#include "ui/format.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/widgets/parts.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QTableWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace halftone {

namespace {

struct Offer {
    const char* text; // as it is added to the list
    QString tooltip;
};

const QList<Offer>& offers() {
    static const QList<Offer> all{
        {"strip_unused_nodes(type=float, shape=\"1,224,224,3\")",
         Text::tr("Keep what lies between inputs and outputs")},
        {"remove_nodes(op=Identity, op=CheckNumerics)", Text::tr("Take nodes away that only pass their input on")},
        {"fold_constants(ignore_errors=true)", Text::tr("Compute what depends on constants alone")},
        {"fold_batch_norms", Text::tr("Multiply weights by the constant behind their layer")},
        {"fold_old_batch_norms", Text::tr("Turn normalizations into weights and a BiasAdd")},
        {"quantize_weights(minimum_size=1024)",
         Text::tr("Store weights as codes of 8 bits: a quarter of the size, computed in fp32")},
        {"round_weights(num_steps=256)", Text::tr("Round weights, so that the file compresses better")},
        {"quantize_nodes", Text::tr("Real int8 is measured by Quantize & Profile; this says so and changes nothing")},
        {"merge_duplicate_nodes", Text::tr("Join nodes that compute the same")},
        {"sort_by_execution_order", Text::tr("Put nodes behind what they read")},
        {"remove_device", Text::tr("Forget the devices that nodes were placed on")},
        {"obfuscate_names", Text::tr("Shorten all names but those of inputs and outputs")},
        {"add_default_attributes", Text::tr("Write attributes out that have their default")},
        {"remove_control_dependencies", Text::tr("Drop inputs that only order the execution")}};
    return all;
}

/// What a graph for inference mostly needs.
constexpr int kProposed = 5;

QHBoxLayout* withButton(QLineEdit* edit, QPushButton* button) {
    auto* layout = new QHBoxLayout;
    layout->addWidget(edit, 1);
    layout->addWidget(button);
    return layout;
}

QTableWidgetItem* numberItem(const QString& text) {
    auto* item = new QTableWidgetItem(text);
    item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    return item;
}

QStringList words(const QString& text) {
    QStringList result;
    for (const QString& word : text.split(u','))
        if (!word.trimmed().isEmpty())
            result += word.trimmed();
    return result;
}

} // namespace

TransformDialog::TransformDialog(const QString& graphPath, const QStringList& inputs, const QStringList& outputs,
                                 QWidget* parent)
    : QDialog(parent) {
    setWindowTitle(tr("Transform TensorFlow graph"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    m_start = buttons->addButton(tr("&Transform"), QDialogButtonBox::ActionRole);
    m_start->setObjectName(QStringLiteral("start"));
    m_start->setDefault(true);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_start, &QPushButton::clicked, this, [this] { m_runner.isRunning() ? m_runner.cancel() : start(); });
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * theme::grid, 2 * theme::grid, 2 * theme::grid, 2 * theme::grid);
    layout->setSpacing(2 * theme::grid);
    layout->addWidget(makeFiles());
    layout->addWidget(makeList(), 1);
    layout->addWidget(makeResult(), 1);
    layout->addWidget(buttons);
    resize(96 * theme::grid, 84 * theme::grid);

    connect(&m_runner, &Runner::finished, this, &TransformDialog::onFinished);
    connect(&m_runner, &Runner::stageStarted, this, [this](const RunStage& stage) {
        m_message->setText(tr("%1 (%2 of %3)").arg(stage.name).arg(stage.index).arg(stage.count));
    });
    m_inGraph->setText(graphPath);
    m_inputs->setText(inputs.join(u','));
    m_outputs->setText(outputs.join(u','));
    if (const QFileInfo info(graphPath); !graphPath.isEmpty())
        m_outGraph->setText(info.absolutePath() + u'/' + info.completeBaseName() + QStringLiteral("_transformed.pb"));
    for (int i = 0; i < kProposed; ++i)
        addTransform(QString::fromLatin1(offers()[i].text));
    updateState();
}

TransformDialog::~TransformDialog() = default;

QWidget* TransformDialog::makeFiles() {
    const auto edit = [this](const char* name) {
        auto* made = new QLineEdit;
        made->setObjectName(QLatin1String(name));
        connect(made, &QLineEdit::textChanged, this, &TransformDialog::updateState);
        return made;
    };
    m_inGraph = edit("inGraph");
    m_outGraph = edit("outGraph");
    m_inputs = edit("inputs");
    m_outputs = edit("outputs");
    m_inputs->setToolTip(tr("Names of nodes, separated by commas"));
    m_outputs->setToolTip(m_inputs->toolTip());
    m_asText = new QCheckBox(tr("Write it as te&xt (.pbtxt)"));
    m_asText->setObjectName(QStringLiteral("asText"));
    auto* openButton = new QPushButton(tr("C&hoose…"));
    auto* saveButton = new QPushButton(tr("Ch&oose…"));
    connect(openButton, &QPushButton::clicked, this, &TransformDialog::chooseInGraph);
    connect(saveButton, &QPushButton::clicked, this, &TransformDialog::chooseOutGraph);

    auto* box = new QWidget;
    auto* form = new QFormLayout(box);
    form->setContentsMargins(0, 0, 0, 0);
    form->setSpacing(theme::grid);
    const auto row = [&](const QString& label, QLineEdit* buddy, QPushButton* button) {
        auto* name = new QLabel(label);
        name->setBuddy(buddy);
        if (button)
            form->addRow(name, withButton(buddy, button));
        else
            form->addRow(name, buddy);
    };
    row(tr("&Graph"), m_inGraph, openButton);
    row(tr("&Inputs"), m_inputs, nullptr);
    row(tr("O&utputs"), m_outputs, nullptr);
    row(tr("&Write to"), m_outGraph, saveButton);
    form->addRow(QString(), m_asText);
    return box;
}

QWidget* TransformDialog::makeList() {
    m_list = new QListWidget;
    m_list->setObjectName(QStringLiteral("transforms"));
    m_list->setAccessibleName(tr("Transforms in their order"));
    m_list->setDragDropMode(QAbstractItemView::InternalMove);
    m_list->setToolTip(tr("Double-click a transform to change its parameters; drag it to change the order"));
    connect(m_list, &QListWidget::currentRowChanged, this, &TransformDialog::updateState);
    connect(m_list->model(), &QAbstractItemModel::rowsMoved, this, &TransformDialog::updateState);

    auto* menu = new QMenu(this);
    for (const Offer& offer : offers()) {
        const QString text = QString::fromLatin1(offer.text);
        QAction* add = menu->addAction(text.section(u'(', 0, 0), this, [this, text] { addTransform(text); });
        add->setToolTip(offer.tooltip);
    }
    menu->setToolTipsVisible(true);
    auto* add = new QPushButton(tr("&Add"));
    add->setObjectName(QStringLiteral("add"));
    add->setMenu(menu);
    m_remove = new QPushButton(tr("&Remove"));
    m_up = new QPushButton(tr("U&p"));
    m_down = new QPushButton(tr("&Down"));
    m_remove->setObjectName(QStringLiteral("remove"));
    m_up->setObjectName(QStringLiteral("up"));
    m_down->setObjectName(QStringLiteral("down"));
    connect(m_remove, &QPushButton::clicked, this, [this] {
        delete m_list->takeItem(m_list->currentRow());
        updateState();
    });
    connect(m_up, &QPushButton::clicked, this, [this] { moveCurrent(-1); });
    connect(m_down, &QPushButton::clicked, this, [this] { moveCurrent(1); });

    auto* box = new QWidget;
    auto* layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid);
    layout->addWidget(headingLabel(tr("Transforms, in their order")));
    layout->addWidget(m_list, 1);
    auto* row = new QHBoxLayout;
    for (QPushButton* button : {add, m_remove, m_up, m_down}) {
        button->setAutoDefault(false);
        row->addWidget(button);
    }
    row->addStretch(1);
    layout->addLayout(row);
    return box;
}

QWidget* TransformDialog::makeResult() {
    m_table = new QTableWidget(0, 4);
    m_table->setObjectName(QStringLiteral("sizes"));
    m_table->setHorizontalHeaderLabels({tr("After"), tr("Nodes"), tr("File"), tr("Compressed")});
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter); // as the numbers below
    m_table->horizontalHeaderItem(0)->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_message = textLabel();
    m_message->setObjectName(QStringLiteral("message"));

    auto* box = new QWidget;
    auto* layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid);
    layout->addWidget(headingLabel(tr("Sizes")));
    layout->addWidget(m_table, 1);
    layout->addWidget(m_message);
    return box;
}

void TransformDialog::chooseInGraph() {
    auto* dialog =
        new QFileDialog(this, tr("Choose a frozen TensorFlow graph"), QFileInfo(m_inGraph->text()).absolutePath());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, m_inGraph, &QLineEdit::setText);
    dialog->open();
}

void TransformDialog::chooseOutGraph() {
    auto* dialog =
        new QFileDialog(this, tr("Write the transformed graph"), QFileInfo(m_outGraph->text()).absolutePath());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    connect(dialog, &QFileDialog::fileSelected, m_outGraph, &QLineEdit::setText);
    dialog->open();
}

void TransformDialog::addTransform(const QString& text) {
    auto* item = new QListWidgetItem(text);
    item->setFlags(item->flags() | Qt::ItemIsEditable);
    m_list->insertItem(m_list->currentRow() < 0 ? m_list->count() : m_list->currentRow() + 1, item);
    m_list->setCurrentItem(item);
    updateState();
}

void TransformDialog::moveCurrent(int by) {
    const int from = m_list->currentRow(), to = from + by;
    if (from < 0 || to < 0 || to >= m_list->count())
        return;
    m_list->insertItem(to, m_list->takeItem(from));
    m_list->setCurrentRow(to);
}

void TransformDialog::updateState() {
    const int row = m_list->currentRow();
    m_remove->setEnabled(row >= 0);
    m_up->setEnabled(row > 0);
    m_down->setEnabled(row >= 0 && row + 1 < m_list->count());
    const bool complete = m_list->count() > 0 && !m_inGraph->text().isEmpty() && !m_outGraph->text().isEmpty() &&
                          !words(m_outputs->text()).isEmpty();
    m_start->setEnabled(complete || m_runner.isRunning());
    m_start->setToolTip(
        complete ? QString() : tr("It needs a graph, the names of its outputs, a transform and a file to write to"));
}

QStringList TransformDialog::arguments() const {
    QStringList transforms;
    for (int i = 0; i < m_list->count(); ++i)
        transforms += m_list->item(i)->text();
    // With "=", so that nothing that a user writes is taken for an option.
    QStringList result{QStringLiteral("transform"), QStringLiteral("--in_graph=") + m_inGraph->text(),
                       QStringLiteral("--out_graph=") + m_outGraph->text(),
                       QStringLiteral("--outputs=") + words(m_outputs->text()).join(u','),
                       QStringLiteral("--transforms=") + transforms.join(u' ')};
    if (const QStringList inputs = words(m_inputs->text()); !inputs.isEmpty())
        result += QStringLiteral("--inputs=") + inputs.join(u',');
    if (m_asText->isChecked())
        result += QStringLiteral("--output_as_text");
    return result;
}

void TransformDialog::start() {
    m_table->setRowCount(0);
    m_message->setText(tr("Reading the graph"));
    m_runner.start(arguments() + QStringList{QStringLiteral("--sizes=") + m_folder.filePath("sizes.json")});
    setRunning(true);
}

void TransformDialog::setRunning(bool running) {
    m_start->setText(running ? tr("&Cancel") : tr("&Transform"));
    updateState();
}

void TransformDialog::onFinished(const RunOutcome& outcome) {
    setRunning(false);
    if (outcome.kind == RunOutcome::Kind::Cancelled)
        m_message->setText(tr("Cancelled; nothing was written."));
    else if (outcome.kind == RunOutcome::Kind::Failed)
        m_message->setText(typeset(outcome.message.toStdString()));
    else if (!showSizes())
        m_message->setText(tr("The graph was written, but halftone-cli told no sizes. halftone and halftone-cli come "
                              "from different versions; install both from one build."));
}

void TransformDialog::addRow(const QString& name, const QJsonObject& sizes) {
    const int row = m_table->rowCount();
    m_table->insertRow(row);
    m_table->setItem(row, 0, new QTableWidgetItem(name));
    m_table->setItem(row, 1, numberItem(countText(sizes["nodes"].toInteger())));
    m_table->setItem(row, 2, numberItem(bytesText(sizes["bytes"].toInteger())));
    m_table->setItem(row, 3, numberItem(bytesText(sizes["compressedBytes"].toInteger())));
}

bool TransformDialog::showSizes() {
    QFile file(m_folder.filePath(QStringLiteral("sizes.json")));
    if (!file.open(QIODevice::ReadOnly))
        return false;
    const QJsonObject json = QJsonDocument::fromJson(file.readAll()).object();
    const QJsonArray steps = json["steps"].toArray();
    if (steps.isEmpty())
        return false;
    addRow(tr("(before)"), json["before"].toObject());
    QStringList notes;
    for (const QJsonValue& value : steps) {
        const QJsonObject step = value.toObject();
        addRow(step["name"].toString(), step);
        if (const QString error = step["ignoredError"].toString(); !error.isEmpty())
            notes += typeset(tr("%1 was left out: %2").arg(step["name"].toString(), error).toStdString());
        if (const QString note = step["note"].toString(); !note.isEmpty())
            notes += typeset(note.toStdString());
    }
    const QJsonObject before = json["before"].toObject(), after = steps.last().toObject();
    const auto change = [&](const char* key) {
        return QStringLiteral("%1 → %2").arg(bytesText(before[QLatin1String(key)].toInteger()),
                                             bytesText(after[QLatin1String(key)].toInteger()));
    };
    notes.prepend(tr("Written: %1, compressed %2.").arg(change("bytes"), change("compressedBytes")));
    m_message->setText(notes.join(u'\n'));
    return true;
}

} // namespace halftone
