// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that can be asked of a job, once: name in JSON, option of the command line, help, and the jobs that know
// it. Request files, the command line and the tests of the window go through these lists; a member that is missing in
// its list does not compile.
#pragma once

#include "core/base/field.h"
#include "core/request/job_request.h"

namespace halftone {

/// A field that has an option of the command line. Request files may leave any of them out.
template <class Struct, class Member> struct OptionField {
    const char* name;
    Member Struct::*member;
    const char* option; // "MODEL" for the one that needs no word before it
    const char* help;
    unsigned kinds; // bits of JobKind
    bool later = true;
};
/// A field whose own fields have options.
template <class Struct, class Member> struct GroupField {
    const char* name;
    Member Struct::*member;
    unsigned kinds;
    bool later = true;
};

template <class Field> inline constexpr bool isGroup = false;
template <class Struct, class Member> inline constexpr bool isGroup<GroupField<Struct, Member>> = true;

constexpr unsigned bits(auto... kinds) {
    return (0U | ... | static_cast<unsigned>(kinds));
}
inline constexpr unsigned kAny = ~0U;
inline constexpr unsigned kMeasuring = bits(JobKind::Profile, JobKind::Isa, JobKind::Plan);
inline constexpr unsigned kJobs = kMeasuring | bits(JobKind::Sweep, JobKind::Write);
inline constexpr unsigned kQuantizing = kJobs | bits(JobKind::Run);
inline constexpr unsigned kWithData = kQuantizing | bits(JobKind::Preview);

template <>
inline constexpr auto fieldsOf<GivenSizes> = std::tuple{
    OptionField{"sizes", &GivenSizes::sizes, "--size",
                "NAME=N: a size that the file leaves open, by its name in the file (sequence_length=128), or by "
                "input and dimension where it has none (image.2=224); inspect tells which there are (repeatable)",
                kAny},
    OptionField{"shapes", &GivenSizes::shapes, "--shape",
                "NAME=1,3,224,224: all sizes of an input, the batch first, which gives way to that of the "
                "command; NAME= may be left out where there is one input (repeatable)",
                kAny}};

template <>
inline constexpr auto fieldsOf<Preprocessing> = std::tuple{
    OptionField{"preset", &Preprocessing::preset, "--preset", "Named preprocessing:", kWithData},
    OptionField{"resizeShortSide", &Preprocessing::resizeShortSide, "--resize",
                "Resize the short side to this many pixels (0: not)", kWithData},
    OptionField{"cropSize", &Preprocessing::cropSize, "--crop", "Cut this many pixels square from the centre (0: not)",
                kWithData},
    OptionField{"mean", &Preprocessing::mean, "--mean",
                "Subtracted, on 0..255, one value or one a channel: 124,116,104", kWithData},
    OptionField{"std", &Preprocessing::std, "--std", "Divided by, on 0..255, one value or one a channel", kWithData},
    OptionField{"channels", &Preprocessing::channels, "--channels", "Order of channels", kWithData},
    OptionField{"labelOffset", &Preprocessing::labelOffset, "--label-offset", "Added to the labels of the data set",
                kWithData}};

template <>
inline constexpr auto fieldsOf<QuantizeOptions> = std::tuple{
    OptionField{"weightLimit", &QuantizeOptions::weightLimit, "--weight-limit",
                "How large int8 weights may be. full: 8 bits, for CPUs with VNNI or AMX; pairs: 8 bits, limited where "
                "two meet in a sum of 16 bits; 7-bit: all; auto: by this CPU",
                kQuantizing},
    OptionField{"weights", &QuantizeOptions::weights, "--weights",
                "One scale of weights for each output channel, or one", kQuantizing},
    OptionField{"scheme", &QuantizeOptions::scheme, "--scheme",
                "Grids of activations with negative values: symmetric around zero, or with a zero point", kQuantizing},
    OptionField{
        "ranges", &QuantizeOptions::ranges, "--ranges",
        "How ranges of activations are found; auto tries some on the calibration samples and takes what keeps most "
        "of the outputs",
        kQuantizing},
    OptionField{"rangesOf", &QuantizeOptions::rangesOf, "--range-of",
                "TENSOR=METHOD: another method for one activation, as often as wanted", kQuantizing},
    OptionField{"percentile", &QuantizeOptions::percentile, "--percentile",
                "Of the values inside the range, for --ranges percentile", kQuantizing},
    OptionField{"biasCorrection", &QuantizeOptions::biasCorrection, "--bias-correction",
                "Correct biases for what weights lost on average", kQuantizing},
    OptionField{"equalization", &QuantizeOptions::equalization, "--equalization",
                "Equalize the ranges of channels across layers", kQuantizing},
    OptionField{"smoothing", &QuantizeOptions::smoothing, "--smoothing",
                "Even out the channels that products over sequences read (SmoothQuant)", kQuantizing},
    OptionField{"rounding", &QuantizeOptions::rounding, "--rounding", "Round weights so that layers keep their results",
                kQuantizing},
    OptionField{"keepFp32", &QuantizeOptions::keepFp32, "--keep-fp32",
                "A layer of the file that stays in fp32, as often as wanted", kQuantizing},
    OptionField{"firstFp32", &QuantizeOptions::keepFirstFp32, "--first-fp32",
                "The first layer with weights stays in fp32", kQuantizing},
    OptionField{"lastFp32", &QuantizeOptions::keepLastFp32, "--last-fp32", "The last layer with weights stays in fp32",
                kQuantizing}};

template <>
inline constexpr auto fieldsOf<SweepGrid> = std::tuple{
    OptionField{"batches", &SweepGrid::batches, "--batches", "Samples in one inference", bits(JobKind::Sweep)},
    OptionField{"threads", &SweepGrid::threads, "--threads", "Numbers of threads: 1,2,all; without it 1, 2, 4 ... all",
                bits(JobKind::Sweep)}};

template <>
inline constexpr auto fieldsOf<PlanLimits> = std::tuple{
    OptionField{"maxDrop", &PlanLimits::maxDrop, "--max-drop",
                "Largest accuracy drop of the plan: points of top-1 (1 without it), of agreement with fp32 where "
                "there are no labels, percent of the outputs' norm where they are no classes (10 without it)",
                bits(JobKind::Plan)},
    OptionField{"relative", &PlanLimits::relative, "--relative", "The drop is meant in percent of the fp32 top-1",
                bits(JobKind::Plan)},
    OptionField{"pins", &PlanLimits::pins, "--pin",
                "LAYER=int8 or LAYER=fp32: not for the planner to choose (repeatable)", bits(JobKind::Plan)}};

template <>
inline constexpr auto fieldsOf<JobRequest> = std::tuple{
    OptionField{"model", &JobRequest::modelPath, "MODEL", "Model file", kAny},
    GroupField{"sizes", &JobRequest::sizes, kAny},
    OptionField{"data", &JobRequest::dataPath, "--data",
                "Pictures: folder with one sub-folder a class, CSV file,label, CIFAR binary, IDX, npz, archive. "
                "Texts: CSV, TSV with a column text, or a text each line. Recordings: a folder of wav, flac. Arrays: "
                "npz, npy or a folder of them, named after the inputs. "
                "Without it the input is random (of run: the given inputs), and only times are measured",
                kWithData},
    OptionField{"labels", &JobRequest::labelsPath, "--labels", "Labels, when they are not with the samples",
                kJobs | bits(JobKind::Preview)},
    OptionField{"tokenizer", &JobRequest::tokenizerPath, "--tokenizer",
                "Of texts: tokenizer.json, vocab.txt or a SentencePiece model. Without it the one beside the model",
                kQuantizing},
    GroupField{"preprocessing", &JobRequest::preprocessing, kWithData},
    OptionField{"calibration", &JobRequest::calibrationSamples, "--calibration", "Samples to find ranges with",
                kQuantizing},
    GroupField{"quantization", &JobRequest::quantization, kQuantizing},
    OptionField{"seed", &JobRequest::seed, "--seed", "Seed of random input and of the intervals", kJobs},
    OptionField{"samples", &JobRequest::maxSamples, "--samples", "Samples to compare accuracy on (0: all)", kMeasuring},
    OptionField{"judge", &JobRequest::judge, "--judge",
                "What the output is, and so by what int8 is judged; auto tells it from shapes and names", kMeasuring},
    OptionField{"threads", &JobRequest::threads, "--threads", "Threads (0: one for each CPU)",
                kMeasuring | bits(JobKind::Run)},
    OptionField{"batch", &JobRequest::batch, "--batch", "Samples in one inference", kMeasuring},
    OptionField{"time", &JobRequest::timeBudgetS, "--time",
                "Seconds: profile measures for so long, sweep each setting, isa each instruction set; plan takes them "
                "for everything",
                kMeasuring | bits(JobKind::Sweep)},
    OptionField{"precisions", &JobRequest::precisions, "--precisions",
                "What to run next to fp32 and int8: bf16, fp16, int8-simulated (fp32 with every tensor rounded to "
                "its grid, as training tools evaluate). Without it profile adds int8-simulated for files "
                "with FakeQuant operators",
                bits(JobKind::Profile, JobKind::Sweep, JobKind::Isa)},
    GroupField{"sweep", &JobRequest::sweep, bits(JobKind::Sweep)},
    GroupField{"plan", &JobRequest::plan, bits(JobKind::Plan)},
    OptionField{"precision", &JobRequest::written, "--precision",
                "int8: with QuantizeLinear and DequantizeLinear, for ONNX Runtime, OpenVINO and others; fp32: folded "
                "and fused as Halftone runs it",
                bits(JobKind::Write)}};

/// Calls `visit(object, field)` with every OptionField below `object` that these kinds of jobs know, in the order of
/// the lists; `object` is the struct that holds the field.
template <class Struct, class Visit> void forEachOption(Struct& object, unsigned kinds, const Visit& visit) {
    forEachField<std::remove_const_t<Struct>>([&](const auto& field) {
        if ((field.kinds & kinds) == 0)
            return;
        if constexpr (isGroup<std::remove_cvref_t<decltype(field)>>)
            forEachOption(object.*(field.member), kinds, visit);
        else
            visit(object, field);
    });
}

/// The request with all text as it can be shown (displayText): paths and names need not be UTF-8.
JobRequest displayed(JobRequest request);

} // namespace halftone
