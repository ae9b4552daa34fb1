// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/presets.h"

#include "ui/text.h"

#include <QStringList>

#include <algorithm>

namespace halftone {

const std::vector<Preset>& presets() {
    static const std::vector<Preset> all{
        {Text::tr("ImageNet, as torchvision"), preprocessingPreset("imagenet-torch")},
        {Text::tr("ImageNet, as TensorFlow's MobileNets"), preprocessingPreset("imagenet-tf")},
        {Text::tr("ImageNet, as Keras's MobileNets"), preprocessingPreset("imagenet-keras")},
        {Text::tr("ImageNet, as Caffe"), preprocessingPreset("imagenet-caffe")},
        {Text::tr("ImageNet, as dlib's ResNet-34"), preprocessingPreset("imagenet-dlib")},
        {Text::tr("CIFAR-10, ImageNet's values"), preprocessingPreset("cifar10")},
        {Text::tr("CIFAR-10, its own values"), preprocessingPreset("cifar10-own")},
        {Text::tr("CIFAR-100"), preprocessingPreset("cifar100")},
        {Text::tr("MNIST"), preprocessingPreset("mnist")},
        {Text::tr("Fashion-MNIST"), preprocessingPreset("fashion-mnist")},
        {Text::tr("Values 0 to 1"), preprocessingPreset("unit")},
        {Text::tr("Values -1 to 1"), preprocessingPreset("signed")},
        {Text::tr("Values 0 to 255"), preprocessingPreset("raw")},
    };
    return all;
}

std::optional<Preprocessing> cured(Preprocessing choice, const std::map<std::string, std::string>& cure) {
    const auto preset = cure.find("preset");
    if (preset != cure.end()) {
        const auto found = std::ranges::find(preprocessingPresets(), preset->second, &PreprocessingPreset::name);
        if (found == preprocessingPresets().end())
            return std::nullopt;
        choice = found->value;
    }
    for (const auto& [option, text] : cure) {
        if (option == "preset")
            continue;
        bool read = true;
        const QString value = QString::fromStdString(text);
        const auto numbers = [&] {
            std::vector<float> values;
            for (const QString& part : value.split(u','))
                if (read)
                    values.push_back(part.toFloat(&read));
            return values;
        };
        if (option == "channels") {
            const auto order = valueNamed<ChannelOrder>(text);
            read = order.has_value();
            choice.channels = order.value_or(choice.channels);
        } else if (option == "label-offset")
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
    nameByValues(choice);
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

} // namespace halftone
