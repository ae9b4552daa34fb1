// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/document.h"

#include <algorithm>

namespace halftone {

Document::Document(QObject* parent) : QObject(parent) {}

void Document::setReport(std::shared_ptr<const Report> report) {
    const bool sameModel = m_report && report && m_report->model.sha256 == report->model.sha256;
    const std::string selected = sameModel ? selectedLayerName() : std::string();
    if (!sameModel)
        emit modelAboutToChange();
    m_report = std::move(report);
    m_selectedLayer = selected.empty() ? -1 : layerNamed(selected);
    emit reportChanged();
    emit selectedLayerChanged(m_selectedLayer);
    setPrevious(false);
}

void Document::setPrevious(bool previous) {
    if (m_previous == previous)
        return;
    m_previous = previous;
    emit previousChanged(previous);
}

void Document::selectLayer(int layer) {
    if (m_selectedLayer == layer)
        return;
    m_selectedLayer = layer;
    emit selectedLayerChanged(layer);
}

void Document::selectLayer(const std::string& name) {
    if (const int layer = layerNamed(name); layer >= 0)
        selectLayer(layer);
}

std::string Document::selectedLayerName() const {
    const bool exists = m_report && m_selectedLayer >= 0 && m_selectedLayer < static_cast<int>(m_report->layers.size());
    return exists ? m_report->layers[static_cast<size_t>(m_selectedLayer)].name : std::string();
}

int Document::layerNamed(const std::string& name) const {
    if (!m_report)
        return -1;
    const auto found = std::ranges::find(m_report->layers, name, &Layer::name);
    return found == m_report->layers.end() ? -1 : static_cast<int>(found - m_report->layers.begin());
}

} // namespace halftone
