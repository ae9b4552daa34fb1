// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/request/preprocessing.h"

#include <fmt/format.h>

namespace halftone {

std::span<const PreprocessingPreset> preprocessingPresets() {
    using enum ChannelOrder;
    // name, resize, crop, mean, std, order, label offset
    static const std::vector<PreprocessingPreset> presets{
        {"imagenet-torch",
         "ImageNet as torchvision: short side 256, crop 224, RGB",
         {"imagenet-torch", 256, 224, {123.675f, 116.28f, 103.53f}, {58.395f, 57.12f, 57.375f}, Rgb, 0}},
        {"imagenet-tf",
         "ImageNet as TensorFlow's MobileNets: short side 256, crop 224, RGB, -1 to 1, output 0 is "
         "background",
         {"imagenet-tf", 256, 224, {127.5f}, {127.5f}, Rgb, 1}},
        {"imagenet-keras",
         "ImageNet as Keras's MobileNets and ResNets v2: short side 256, crop 224, RGB, -1 to 1",
         {"imagenet-keras", 256, 224, {127.5f}, {127.5f}, Rgb, 0}},
        {"imagenet-caffe",
         "ImageNet as Caffe: short side 256, crop 224, BGR, mean subtracted",
         {"imagenet-caffe", 256, 224, {104.f, 117.f, 123.f}, {}, Bgr, 0}},
        {"imagenet-dlib",
         "ImageNet as dlib's ResNet-34: centre crop 227 without resizing, RGB",
         {"imagenet-dlib", 0, 227, {122.782f, 117.001f, 104.298f}, {256.f}, Rgb, 0}},
        {"cifar10",
         "CIFAR-10 residual networks: RGB, ImageNet's mean and deviation",
         {"cifar10", 0, 0, {.485f * 255, .456f * 255, .406f * 255}, {.229f * 255, .224f * 255, .225f * 255}, Rgb, 0}},
        {"cifar10-own",
         "CIFAR-10: RGB, its own mean and deviation",
         {"cifar10-own", 0, 0, {125.307f, 122.961f, 113.8575f}, {62.985f, 62.0925f, 66.708f}, Rgb, 0}},
        {"cifar100",
         "CIFAR-100: RGB, its own mean and deviation",
         {"cifar100", 0, 0, {129.3105f, 124.0575f, 112.4295f}, {68.1615f, 65.382f, 70.431f}, Rgb, 0}},
        {"mnist", "MNIST: grey", {"mnist", 0, 0, {33.3285f}, {78.5655f}, Gray, 0}},
        {"fashion-mnist", "Fashion-MNIST: grey", {"fashion-mnist", 0, 0, {72.94f}, {90.02f}, Gray, 0}},
        {"unit", "0 to 1, RGB, stretched to the network's size", {"unit", 0, 0, {}, {255.f}, Rgb, 0}},
        {"signed", "-1 to 1, RGB, stretched to the network's size", {"signed", 0, 0, {127.5f}, {127.5f}, Rgb, 0}},
        {"raw", "0 to 255, RGB, stretched to the network's size", {"raw", 0, 0, {}, {}, Rgb, 0}},
    };
    return presets;
}

const Preprocessing& preprocessingPreset(const std::string& name) {
    std::vector<std::string> names;
    for (const PreprocessingPreset& preset : preprocessingPresets()) {
        if (preset.name == name)
            return preset.value;
        names.push_back(preset.name);
    }
    throw Error(ErrorCode::Usage, fmt::format("There is no preprocessing preset \"{}\". Choose one of: {}.",
                                              displayText(name), join(names, ", ")));
}

void nameByValues(Preprocessing& preprocessing) {
    const std::string asked = preprocessing.preset;
    preprocessing.preset = "custom";
    for (const PreprocessingPreset& preset : preprocessingPresets()) {
        Preprocessing named = preprocessing;
        named.preset = preset.name;
        const bool fits = named == preset.value;
        if (fits && (preset.name == asked || preprocessing.preset == "custom"))
            preprocessing.preset = preset.name;
    }
}

} // namespace halftone
