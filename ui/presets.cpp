// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/presets.h"

#include "ui/text.h"

#include <QStringList>

#include <vector>

namespace halftone {

std::span<const Preset> presets() {
    // name, resize, crop, mean, std, channels, label offset
    static const std::vector<Preset> all{
        {Text::tr("ImageNet, as torchvision"),
         {"imagenet-torch", 256, 224, {123.675, 116.28, 103.53}, {58.395, 57.12, 57.375}, "rgb", 0}},
        {Text::tr("ImageNet, as TensorFlow's MobileNets"), {"imagenet-tf", 256, 224, {127.5}, {127.5}, "rgb", 1}},
        {Text::tr("ImageNet, as Keras's MobileNets"), {"imagenet-keras", 256, 224, {127.5}, {127.5}, "rgb", 0}},
        {Text::tr("ImageNet, as Caffe"), {"imagenet-caffe", 256, 224, {104, 117, 123}, {}, "bgr", 0}},
        {Text::tr("ImageNet, as dlib's ResNet-34"),
         {"imagenet-dlib", 0, 227, {122.782, 117.001, 104.298}, {256}, "rgb", 0}},
        {Text::tr("CIFAR-10, ImageNet's values"),
         {"cifar10", 0, 0, {123.675, 116.28, 103.53}, {58.395, 57.12, 57.375}, "rgb", 0}},
        {Text::tr("CIFAR-10, its own values"),
         {"cifar10-own", 0, 0, {125.307, 122.961, 113.8575}, {62.985, 62.0925, 66.708}, "rgb", 0}},
        {Text::tr("CIFAR-100"),
         {"cifar100", 0, 0, {129.3105, 124.0575, 112.4295}, {68.1615, 65.382, 70.431}, "rgb", 0}},
        {Text::tr("MNIST"), {"mnist", 0, 0, {33.3285}, {78.5655}, "gray", 0}},
        {Text::tr("Fashion-MNIST"), {"fashion-mnist", 0, 0, {72.94}, {90.02}, "gray", 0}},
        {Text::tr("Values 0 to 1"), {"unit", 0, 0, {}, {255}, "rgb", 0}},
        {Text::tr("Values -1 to 1"), {"signed", 0, 0, {127.5}, {127.5}, "rgb", 0}},
        {Text::tr("Values 0 to 255"), {"raw", 0, 0, {}, {}, "rgb", 0}},
    };
    return all;
}

std::optional<PreprocessingChoice> cured(PreprocessingChoice choice, const std::map<std::string, std::string>& cure) {
    const auto preset = cure.find("preset");
    if (preset != cure.end()) {
        const Preset* found = findPreset(QString::fromStdString(preset->second));
        if (!found)
            return std::nullopt;
        choice = found->value;
    }
    for (const auto& [option, text] : cure) {
        if (option == "preset")
            continue;
        choice.preset.clear();
        bool read = true;
        const QString value = QString::fromStdString(text);
        const auto numbers = [&] {
            QList<double> values;
            for (const QString& part : value.split(u','))
                if (read)
                    values += part.toDouble(&read);
            return values;
        };
        if (option == "channels")
            choice.channels = value;
        else if (option == "label-offset")
            choice.labelOffset = value.toInt(&read);
        else if (option == "resize")
            choice.resizeShortSide = value.toInt(&read);
        else if (option == "crop")
            choice.cropSize = value.toInt(&read);
        else if (option == "mean")
            choice.mean = numbers();
        else if (option == "std")
            choice.std = numbers();
        else
            return std::nullopt;
        if (!read)
            return std::nullopt;
    }
    return cure.empty() ? std::nullopt : std::optional(choice);
}

QString cureText(const std::map<std::string, std::string>& cure) {
    QStringList parts;
    for (const char* option : {"preset", "resize", "crop", "mean", "std", "channels", "label-offset"}) {
        const auto found = cure.find(option);
        if (found == cure.end())
            continue;
        const QString value = QString::fromStdString(found->second);
        if (found->first == "channels")
            parts += value == u"gray" ? Text::tr("grey pictures") : value.toUpper();
        else if (found->first == "std")
            parts += Text::tr("deviation ") + value;
        else
            parts += QString::fromStdString(found->first).replace(u'-', u' ') + u' ' + value;
    }
    return Text::tr("Use ") + parts.join(QStringLiteral(", "));
}

const Preset* findPreset(const QString& name) {
    for (const Preset& preset : presets())
        if (preset.value.preset == name)
            return &preset;
    return nullptr;
}

} // namespace halftone
