// SPDX-License-Identifier: GPL-3.0-or-later
// What the window shows: the open model, the last report, and what is selected. The only thing that panels know.
#pragma once

#include "core/report/report.h"

#include <QObject>
#include <QString>

#include <memory>

namespace halftone {

/// Lives in the GUI thread. Reports are immutable and shared; replacing one never touches the old one.
class Document : public QObject {
    Q_OBJECT
public:
    explicit Document(QObject* parent = nullptr);

    /// Null while nothing was profiled or opened.
    std::shared_ptr<const Report> report() const { return m_report; }
    /// Another report of the same model keeps the selected layer.
    void setReport(std::shared_ptr<const Report> report);

    /// A run is going on and report() is the one before it.
    bool isPrevious() const { return m_previous; }
    void setPrevious(bool previous);

    /// Index into report()->layers, -1 for none. The selected layer is the same in all views.
    int selectedLayer() const { return m_selectedLayer; }
    void selectLayer(int layer);
    /// Selects the layer of this name, if there is one.
    void selectLayer(const std::string& name);
    /// Of the selected layer; "" for none.
    std::string selectedLayerName() const;

signals:
    /// The next report is of another model file, or there is none: what was filtered and chosen in this one is over.
    void modelAboutToChange();
    void reportChanged();
    void previousChanged(bool previous);
    void selectedLayerChanged(int layer);

private:
    int layerNamed(const std::string& name) const;

    std::shared_ptr<const Report> m_report;
    bool m_previous = false;
    int m_selectedLayer = -1;
};

} // namespace halftone
