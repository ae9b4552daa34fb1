// SPDX-License-Identifier: GPL-3.0-or-later
// Labelled or unlabelled samples, whatever they are and whatever they are stored in.
// Opening lists and checks; samples are decoded one by one when asked for. Nothing is ever unpacked to disk.
#pragma once

#include "core/data/picture.h"
#include "core/request/sample_kind.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace halftone {

struct SampleInfo {
    std::string name;   // fit for display; unique in most data sets, but not an identifier
    int64_t label = -1; // -1: none
};

/// Immutable once open; const access is safe from several threads.
class Dataset {
public:
    virtual ~Dataset() = default;
    Dataset(const Dataset&) = delete;
    Dataset& operator=(const Dataset&) = delete;

    const std::string& path() const { return m_path; }
    /// Pictures: "image-folder", "image-archive", "csv", "cifar10", "cifar100", "idx", "npz" or "npy". Arrays:
    /// "arrays-npz", "arrays-npy", "array-folder". Texts: "texts". Recordings: "sound-folder", "sound-file".
    const std::string& kind() const { return m_kind; }
    virtual SampleKind sampleKind() const = 0;
    int64_t size() const { return static_cast<int64_t>(m_samples.size()); }
    const SampleInfo& sample(int64_t index) const { return m_samples.at(static_cast<size_t>(index)); }
    /// Either every sample has a label or none has.
    bool labelled() const { return m_samples.front().label >= 0; }
    /// Name of each label, fit for display; empty when the labels are only numbers.
    const std::vector<std::string>& classNames() const { return m_classNames; }

protected:
    /// Throws Error{BadInput} when there are no samples.
    Dataset(std::string path, std::string kind, std::vector<SampleInfo> samples,
            std::vector<std::string> classNames = {});

private:
    std::string m_path;
    std::string m_kind;
    std::vector<SampleInfo> m_samples;
    std::vector<std::string> m_classNames;
};

class PictureDataset : public Dataset {
public:
    SampleKind sampleKind() const override { return SampleKind::Picture; }
    /// Throws Error naming the picture when it is damaged, missing or of an unsupported kind.
    virtual Picture picture(int64_t index) const = 0;

protected:
    using Dataset::Dataset;
};

/// Opens, told by content and structure:
/// - a folder with one sub-folder a class (label = place among the sorted names, or the name itself when all
///   are whole numbers), or a flat folder of pictures, labelled by `labels.csv` when it holds one;
/// - a CSV `file,label` (header optional; labels all whole numbers, or class names taken in sorted order);
/// - an archive (tar, tar.gz, zip) of either kind of folder;
/// - CIFAR-10 and CIFAR-100, binary or for Python: one file, or a folder or tar.gz with them (its test set if there,
/// else
///   its training set); of pickles only plain data is read;
/// - IDX pictures, gzip or not, with their `-labels-idx1-ubyte` file beside them, or a folder of such;
/// - .npz with `images` (uint8 N,H,W or N,H,W,C) and `labels`, or x_test and y_test (x_train and y_train) as Keras
///   saves them, or .npy of such pictures;
/// - other .npz and .npy files, and folders of them, as arrays (array_dataset.h);
/// - a folder of sounds, with or without one sub-folder a class, or one sound file (array_dataset.h);
/// - a table or list of texts (text/text_dataset.h): .txt, .tsv, or a CSV whose first line names a column of texts.
///
/// `tokenizerPath` is for texts. `labelsPath`, when not empty, replaces the labels: a `file,label` CSV for folders and
/// archives, an IDX or .npy list for IDX, .npz and .npy.
///
/// Throws Error naming file and cause. The order of samples depends on the content alone.
std::unique_ptr<Dataset> openDataset(const std::string& path, const std::string& labelsPath = "",
                                     const std::string& tokenizerPath = "");

/// The same where only pictures will do. Throws Error{Unsupported} when it holds none.
std::unique_ptr<PictureDataset> openPictures(const std::string& path, const std::string& labelsPath = "");

} // namespace halftone
