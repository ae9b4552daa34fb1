// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/choices.h"

#include "ui/text.h"

namespace halftone {

const QList<NamedChoice>& rangeMethods() {
    static const QList<NamedChoice> choices{
        {"min-max", Text::tr("Minimum to maximum"),
         Text::tr("The smallest and largest value seen; nothing is clipped")},
        {"mean-min-max", Text::tr("Mean of each sample's"), Text::tr("The minima and maxima of the samples, averaged")},
        {"percentile", Text::tr("Percentile"), Text::tr("So that a given share of the values lies inside")},
        {"mse", Text::tr("Least squared error"),
         Text::tr("The range with the smallest mean square of rounding and clipping together")},
        {"entropy", Text::tr("Least entropy loss"),
         Text::tr("The range that keeps the histogram's information (Kullback-Leibler)")}};
    return choices;
}

const QList<NamedChoice>& usualRangeMethods() {
    static const QList<NamedChoice> choices =
        QList<NamedChoice>{{"auto", Text::tr("By the outputs"),
                            Text::tr("Tries some ways on the calibration samples and takes what keeps most of the "
                                     "outputs")}} +
        rangeMethods();
    return choices;
}

const QList<NamedChoice>& outputKinds() {
    static const QList<NamedChoice> choices{
        {"auto", Text::tr("By shape and name"), Text::tr("What its shape, its name and the data tell")},
        {"classes", Text::tr("Classes"), Text::tr("One row of scores: the same class, and the right one with labels")},
        {"embedding", Text::tr("Embedding"), Text::tr("A vector: its angle, and whether the nearest neighbour stays")},
        {"tokens", Text::tr("Scores of tokens"), Text::tr("A row of scores for each token: the best one, divergence")},
        {"boxes", Text::tr("Boxes of a detector"), Text::tr("Which boxes are found again")},
        {"mask", Text::tr("Mask of pixels"), Text::tr("Overlap of what is marked")},
        {"sequence", Text::tr("Text (CTC)"), Text::tr("Rows of scores that are read as text: equal texts")},
        {"numbers", Text::tr("Plain numbers"), Text::tr("How far the output moves")}};
    return choices;
}

const QList<NamedChoice>& schemes() {
    static const QList<NamedChoice> choices{
        {"symmetric", Text::tr("Symmetric"), Text::tr("The same reach on both sides of zero")},
        {"mixed", Text::tr("Mixed"), Text::tr("Activations with a zero point, weights symmetric")},
        {"asymmetric", Text::tr("Asymmetric"),
         Text::tr("As mixed: the kernels know no zero point of weights, which the run says")}};
    return choices;
}

const QList<NamedChoice>& weightScales() {
    static const QList<NamedChoice> choices{
        {"per-channel", Text::tr("For each channel"), Text::tr("One scale for each output channel")},
        {"per-tensor", Text::tr("For the tensor"), Text::tr("One scale for all weights of a layer")}};
    return choices;
}

const QList<NamedChoice>& weightLimits() {
    static const QList<NamedChoice> choices{
        {"auto", Text::tr("By the CPU"), Text::tr("Full range where the CPU has VNNI, else limited pairs")},
        {"full", Text::tr("Full range"), Text::tr("−127 to 127; sums may overflow on CPUs without VNNI")},
        {"pairs", Text::tr("Limited pairs"),
         Text::tr("8 bits, but no two weights that meet in 16 bits overflow there")},
        {"7-bit", Text::tr("7 bits"), Text::tr("−63 to 63, as other tools reduce the range")}};
    return choices;
}

const QList<NamedChoice>& switches() {
    static const QList<NamedChoice> choices{
        {"off", Text::tr("Off"), {}},
        {"auto", Text::tr("Automatic"), Text::tr("Where it is known to help this network")},
        {"on", Text::tr("On"), {}}};
    return choices;
}

} // namespace halftone
