// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/facts/sample_words.h"

#include "core/report/model_input.h"
#include "ui/choices.h"
#include "ui/format.h"
#include "ui/text.h"

namespace halftone {

QString countedSamples(int64_t count, SampleKind kind) {
    switch (kind) {
    case SampleKind::Picture: return counted(count, Text::tr("picture"));
    case SampleKind::Text: return counted(count, Text::tr("text"));
    case SampleKind::Recording: return counted(count, Text::tr("recording"));
    case SampleKind::Sample: break;
    }
    return counted(count, Text::tr("sample"));
}

SampleKind sampleKindOf(const Report& report) {
    if (report.data)
        return report.data->sampleKind;
    return takesPictures(report.model) ? SampleKind::Picture : SampleKind::Sample;
}

QString judgedText(OutputKind kind) {
    for (const NamedChoice& choice : outputKinds())
        if (nameIn(kind) == choice.name)
            return choice.text;
    return {};
}

QString measureText(MeasureKind kind) {
    switch (kind) {
    case MeasureKind::Cosine: return Text::tr("cosine");
    case MeasureKind::NeighbourKept: return Text::tr("nearest neighbour kept");
    case MeasureKind::TokenAgreement: return Text::tr("best class of tokens kept");
    case MeasureKind::TokenDivergence: return Text::tr("divergence a token");
    case MeasureKind::BoxesFound: return Text::tr("boxes found again");
    case MeasureKind::BoxesExtra: return Text::tr("boxes that fp32 has not");
    case MeasureKind::MaskIou: return Text::tr("overlap of masks (IoU)");
    case MeasureKind::TextsEqual: return Text::tr("texts equal");
    case MeasureKind::LetterErrors: return Text::tr("letters wrong");
    }
    return {};
}

} // namespace halftone
