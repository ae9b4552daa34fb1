#include "ui/document.h"

#include <algorithm>

namespace halftone {

Document::Document(QObject* parent) : QObject(parent) {}

void Document::setReport(std::shared_ptr<const Report> report) {
    m_report = std::move(report);
    m_selectedLayer = -1;
    emit reportChanged();
    emit selectedLayerChanged(-1);
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
    if (!m_report)
        return;
    const auto& layers = m_report->layers;
    const auto found =
        std::find_if(layers.begin(), layers.end(), [&](const Layer& layer) { return layer.name == name; });
    if (found != layers.end())
        selectLayer(static_cast<int>(found - layers.begin()));
}

} // namespace halftone
