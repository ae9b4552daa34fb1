// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/settings.h"

#include "core/base/error.h"
#include "core/report/request_file.h"
#include "core/request/command_line.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSettings>

#include <algorithm>
#include <array>

namespace halftone {

namespace {

constexpr int recentFilesKept = 10;

/// Its own operators round as int8 does: the report should set them beside real int8.
bool simulatesInt8(const Model& model) {
    return std::any_of(model.operators.begin(), model.operators.end(), [](const auto& counted) {
        return counted.first.starts_with("FakeQuant") || counted.first == "FAKE_QUANT";
    });
}

QByteArray textOf(const JobRequest& request) {
    return QByteArray::fromStdString(toJson(request));
}

/// What cannot be read, because another version wrote it, counts as not set.
JobRequest requestFromText(const QByteArray& text, JobKind kind) {
    const JobRequest usual = usualRequest(kind);
    try {
        return text.isEmpty() ? usual : requestFromJson(text.toStdString(), "settings", usual);
    } catch (const Error&) {
        return usual;
    }
}

JobRequest requestFromObject(const QJsonObject& object, JobKind kind) {
    return requestFromText(QJsonDocument(object).toJson(), kind);
}

QString lastKey(JobKind kind) {
    return QStringLiteral("last/") + QLatin1String(name(kind));
}

} // namespace

JobRequest usualRequest(JobKind kind) {
    JobRequest request = defaultRequest(kind);
    request.preprocessing = preprocessingPreset("imagenet-torch");
    request.precisions = {Precision::Fp32, Precision::Int8, Precision::Bf16, Precision::F16};
    if (kind == JobKind::Isa)
        request.timeBudgetS = 3;
    if (kind == JobKind::Plan)
        request.timeBudgetS = 120;
    return request;
}

bool hasPrecision(const std::string& isa, Precision precision) {
    // Names that are not known are those of later instruction sets, which include the earlier ones.
    constexpr std::array<std::string_view, 8> withoutBf16{
        "", "SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE", "AVX512_CORE_VNNI"};
    const bool bf16 = std::ranges::find(withoutBf16, isa) == withoutBf16.end();
    if (precision == Precision::Bf16)
        return bf16;
    return precision != Precision::F16 || (bf16 && isa != "AVX512_CORE_BF16");
}

JobRequest requestForModel(const Model& model, const JobRequest& base) {
    JobRequest request = base;
    request.dataPath.clear();
    request.labelsPath.clear();
    request.sizes = {};
    if (simulatesInt8(model) && std::ranges::count(request.precisions, Precision::Int8Simulated) == 0)
        request.precisions.push_back(Precision::Int8Simulated);
    if (model.inputs.empty() || model.inputs.front().shape.size() != 4)
        return request;
    const auto& shape = model.inputs.front().shape;
    const bool channelsLast = shape[3] == 1 || shape[3] == 3;
    const int64_t channels = channelsLast ? shape[3] : shape[1];
    const int64_t width = channelsLast ? shape[2] : shape[3];
    const char* guess = "imagenet-torch";
    if (channels == 1)
        guess = "fashion-mnist";
    else if (width == 32)
        guess = "cifar10";
    else if (width == 227)
        guess = "imagenet-dlib";
    request.preprocessing = preprocessingPreset(guess);
    return request;
}

Settings::Settings()
    : m_file(std::make_unique<QSettings>(QSettings::IniFormat, QSettings::UserScope, QStringLiteral("halftone"),
                                         QStringLiteral("halftone"))) {}

Settings::~Settings() = default;

QList<RecentFile> Settings::recentFiles() const {
    QList<RecentFile> files;
    const QByteArray stored = m_file->value("recentFiles").toByteArray();
    for (const QJsonValue& value : QJsonDocument::fromJson(stored).array()) {
        const QJsonObject entry = value.toObject();
        RecentFile file{entry["path"].toString(), std::nullopt};
        if (entry["settings"].isObject())
            file.request = requestFromObject(entry["settings"].toObject(), JobKind::Profile);
        if (!file.path.isEmpty())
            files += file;
    }
    return files;
}

void Settings::addRecentFile(const QString& path, const std::optional<JobRequest>& request) {
    RecentFile added{path, request ? request : requestFor(path)};
    QList<RecentFile> files = recentFiles();
    files.removeIf([&](const RecentFile& file) { return file.path == path; });
    files.prepend(added);
    store(files.mid(0, recentFilesKept));
}

void Settings::clearRecentFiles() {
    store({});
}

std::optional<JobRequest> Settings::requestFor(const QString& path) const {
    for (const RecentFile& file : recentFiles())
        if (file.path == path)
            return file.request;
    return std::nullopt;
}

JobRequest Settings::lastRequest(JobKind kind) const {
    return requestFromText(m_file->value(lastKey(kind)).toByteArray(), kind);
}

void Settings::setLastRequest(JobKind kind, const JobRequest& request) {
    m_file->setValue(lastKey(kind), textOf(request));
}

ThemeChoice Settings::theme() const {
    const QString name = m_file->value("theme").toString();
    if (name == u"light")
        return ThemeChoice::Light;
    return name == u"dark" ? ThemeChoice::Dark : ThemeChoice::System;
}

void Settings::setTheme(ThemeChoice choice) {
    const char* names[] = {"system", "light", "dark"};
    m_file->setValue("theme", QLatin1String(names[static_cast<int>(choice)]));
}

QString Settings::lastFolder(const QString& purpose) const {
    return m_file->value("folders/" + purpose, QDir::homePath()).toString();
}

void Settings::setLastFolder(const QString& purpose, const QString& folder) {
    m_file->setValue("folders/" + purpose, folder);
}

QByteArray Settings::windowState(const QString& part) const {
    return m_file->value("layout/" + part).toByteArray();
}

void Settings::setWindowState(const QString& part, const QByteArray& state) {
    m_file->setValue("layout/" + part, state);
}

QVariant Settings::viewState(const QString& key, const QVariant& otherwise) const {
    return m_file->value("views/" + key, otherwise);
}

void Settings::setViewState(const QString& key, const QVariant& state) {
    m_file->setValue("views/" + key, state);
}

void Settings::store(const QList<RecentFile>& files) {
    QJsonArray array;
    for (const RecentFile& file : files) {
        QJsonObject entry{{"path", file.path}};
        if (file.request)
            entry["settings"] = QJsonDocument::fromJson(textOf(*file.request)).object();
        array.append(entry);
    }
    m_file->setValue("recentFiles", QJsonDocument(array).toJson(QJsonDocument::Compact));
}

} // namespace halftone
