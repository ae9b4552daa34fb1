// SPDX-License-Identifier: GPL-3.0-or-later
// The fields of every struct of the report, once: the JSON writer and the JSON reader both go through these
// lists, so they cannot drift apart. A member that is missing in its list does not compile.
#pragma once

#include "core/report/accuracy_fields.h"
#include "core/report/quantization_fields.h"
#include "core/report/report.h"
#include "core/request/job_fields.h"

#include <array>
#include <string_view>

namespace halftone {

template <>
inline constexpr std::array namesOf<Severity>{std::pair{Severity::Info, std::string_view("info")},
                                              std::pair{Severity::Warning, std::string_view("warning")}};

template <>
inline constexpr std::array namesOf<Grade>{std::pair{Grade::Sure, std::string_view("sure")},
                                           std::pair{Grade::Rough, std::string_view("rough")},
                                           std::pair{Grade::Undecided, std::string_view("not decided")}};

// Interval is the only struct without a list: it is written as [lo, hi].

template <>
inline constexpr auto fieldsOf<Tool> =
    std::tuple{Field{"name", &Tool::name}, Field{"version", &Tool::version}, Field{"onednn", &Tool::onednn}};

template <>
inline constexpr auto fieldsOf<Machine> = std::tuple{Field{"cpu", &Machine::cpu},
                                                     Field{"isa", &Machine::isa},
                                                     Field{"cores", &Machine::cores},
                                                     Field{"threads", &Machine::threads},
                                                     Field{"memoryBytes", &Machine::memoryBytes},
                                                     Field{"os", &Machine::os},
                                                     Field{"frequencyMhz", &Machine::frequencyMhz},
                                                     Field{"load", &Machine::load},
                                                     Field{"steal", &Machine::steal},
                                                     Field{"others", &Machine::others, later}};

template <>
inline constexpr auto fieldsOf<Port> =
    std::tuple{Field{"name", &Port::name}, Field{"type", &Port::type}, Field{"shape", &Port::shape},
               Field{"symbols", &Port::symbols, later}, Field{"unknownRank", &Port::unknownRank, later}};

template <>
inline constexpr auto fieldsOf<Model> = std::tuple{Field{"path", &Model::path},
                                                   Field{"name", &Model::name},
                                                   Field{"format", &Model::format},
                                                   Field{"sha256", &Model::sha256},
                                                   Field{"sizeBytes", &Model::sizeBytes},
                                                   Field{"parameters", &Model::parameters},
                                                   Field{"macs", &Model::macs},
                                                   Field{"fp32WeightsBytes", &Model::fp32WeightsBytes},
                                                   Field{"int8WeightsBytes", &Model::int8WeightsBytes},
                                                   Field{"inputs", &Model::inputs},
                                                   Field{"outputs", &Model::outputs},
                                                   Field{"openSizes", &Model::openSizes, later},
                                                   Field{"operators", &Model::operators},
                                                   Field{"alreadyQuantized", &Model::alreadyQuantized}};

template <>
inline constexpr auto fieldsOf<Data> = std::tuple{Field{"path", &Data::path},
                                                  Field{"kind", &Data::kind},
                                                  Field{"samples", &Data::samples},
                                                  Field{"calibrationSamples", &Data::calibrationSamples},
                                                  Field{"labelled", &Data::labelled},
                                                  Field{"preprocessing", &Data::preprocessing},
                                                  Field{"sampleKind", &Data::sampleKind, later}};

template <>
inline constexpr auto fieldsOf<Options> = std::tuple{Field{"threads", &Options::threads},
                                                     Field{"batch", &Options::batch},
                                                     Field{"maxSamples", &Options::maxSamples},
                                                     Field{"calibrationSamples", &Options::calibrationSamples},
                                                     Field{"timeBudgetS", &Options::timeBudgetS},
                                                     Field{"weightBits", &Options::weightBits},
                                                     Field{"seed", &Options::seed},
                                                     Field{"precisions", &Options::precisions, later},
                                                     Field{"quantization", &Options::quantization, later},
                                                     Field{"sizes", &Options::sizes, later},
                                                     Field{"request", &Options::request, later}};

template <>
inline constexpr auto fieldsOf<Conditions> = std::tuple{Field{"created", &Conditions::created},
                                                        Field{"command", &Conditions::command},
                                                        Field{"options", &Conditions::options},
                                                        Field{"load", &Conditions::load},
                                                        Field{"steal", &Conditions::steal},
                                                        Field{"others", &Conditions::others},
                                                        Field{"differences", &Conditions::differences}};

template <>
inline constexpr auto fieldsOf<Latency> = std::tuple{
    Field{"median", &Latency::median}, Field{"p90", &Latency::p90},       Field{"min", &Latency::min},
    Field{"mean", &Latency::mean},     Field{"cv", &Latency::cv},         Field{"n", &Latency::n},
    Field{"ci95", &Latency::ci95},     Field{"stable", &Latency::stable}, Field{"max", &Latency::max, later}};

template <>
inline constexpr auto fieldsOf<Memory> =
    std::tuple{Field{"weightsBytes", &Memory::weightsBytes}, Field{"arenaBytes", &Memory::arenaBytes},
               Field{"scratchpadBytes", &Memory::scratchpadBytes}, Field{"peakRssBytes", &Memory::peakRssBytes}};

template <>
inline constexpr auto fieldsOf<StepPort> =
    std::tuple{Field{"tensor", &StepPort::tensor}, Field{"type", &StepPort::type}, Field{"layout", &StepPort::layout}};

template <>
inline constexpr auto fieldsOf<Step> = std::tuple{Field{"index", &Step::index},
                                                  Field{"name", &Step::name},
                                                  Field{"kind", &Step::kind},
                                                  Field{"op", &Step::op},
                                                  Field{"kernel", &Step::kernel},
                                                  Field{"precision", &Step::precision},
                                                  Field{"origins", &Step::origins},
                                                  Field{"inputs", &Step::inputs},
                                                  Field{"outputs", &Step::outputs},
                                                  Field{"bytes", &Step::bytes},
                                                  Field{"weightsBytes", &Step::weightsBytes, later},
                                                  Field{"macs", &Step::macs},
                                                  Field{"paddingMacs", &Step::paddingMacs, later},
                                                  Field{"medianMs", &Step::medianMs},
                                                  Field{"share", &Step::share},
                                                  Field{"why", &Step::why},
                                                  Field{"choice", &Step::choice, later},
                                                  Field{"limitMs", &Step::limitMs},
                                                  Field{"bound", &Step::bound, later},
                                                  Field{"roundMs", &Step::roundMs, later},
                                                  Field{"ci95", &Step::ci95, later}};

template <>
inline constexpr auto fieldsOf<Run> = std::tuple{Field{"precision", &Run::precision},
                                                 Field{"isa", &Run::isa},
                                                 Field{"threads", &Run::threads},
                                                 Field{"batch", &Run::batch},
                                                 Field{"latencyMs", &Run::latencyMs},
                                                 Field{"firstMs", &Run::firstMs},
                                                 Field{"compileMs", &Run::compileMs},
                                                 Field{"memory", &Run::memory},
                                                 Field{"steps", &Run::steps},
                                                 Field{"stepsMs", &Run::stepsMs},
                                                 Field{"unexplainedMs", &Run::unexplainedMs},
                                                 Field{"timingOverheadMs", &Run::timingOverheadMs},
                                                 Field{"speedup", &Run::speedup},
                                                 Field{"speedupCi95", &Run::speedupCi95},
                                                 Field{"significant", &Run::significant, later},
                                                 Field{"grade", &Run::grade, later},
                                                 Field{"roundMs", &Run::roundMs, later},
                                                 Field{"stepRounds", &Run::stepRounds, later},
                                                 Field{"waitingMs", &Run::waitingMs, later},
                                                 Field{"waitingShare", &Run::waitingShare, later}};

template <>
inline constexpr auto fieldsOf<LayerRun> =
    std::tuple{Field{"status", &LayerRun::status},       Field{"into", &LayerRun::into},
               Field{"precision", &LayerRun::precision}, Field{"medianMs", &LayerRun::medianMs},
               Field{"kernel", &LayerRun::kernel},       Field{"step", &LayerRun::step},
               Field{"ci95", &LayerRun::ci95, later}};

template <>
inline constexpr auto fieldsOf<Layer> = std::tuple{Field{"name", &Layer::name},
                                                   Field{"op", &Layer::op},
                                                   Field{"originIndex", &Layer::originIndex},
                                                   Field{"group", &Layer::group},
                                                   Field{"byPrecision", &Layer::byPrecision},
                                                   Field{"speedup", &Layer::speedup},
                                                   Field{"macs", &Layer::macs},
                                                   Field{"bytes", &Layer::bytes},
                                                   Field{"reason", &Layer::reason},
                                                   Field{"speedupCi95", &Layer::speedupCi95, later},
                                                   Field{"grade", &Layer::grade, later},
                                                   Field{"rounds", &Layer::rounds, later}};

template <>
inline constexpr auto fieldsOf<Edge> =
    std::tuple{Field{"producer", &Edge::producer}, Field{"consumer", &Edge::consumer}};

template <>
inline constexpr auto fieldsOf<Conversion> = std::tuple{Field{"run", &Conversion::run},
                                                        Field{"step", &Conversion::step},
                                                        Field{"kind", &Conversion::kind},
                                                        Field{"tensor", &Conversion::tensor},
                                                        Field{"fromType", &Conversion::fromType},
                                                        Field{"toType", &Conversion::toType},
                                                        Field{"fromLayout", &Conversion::fromLayout},
                                                        Field{"toLayout", &Conversion::toLayout},
                                                        Field{"edge", &Conversion::edge},
                                                        Field{"bytes", &Conversion::bytes},
                                                        Field{"medianMs", &Conversion::medianMs},
                                                        Field{"when", &Conversion::when},
                                                        Field{"why", &Conversion::why}};

template <>
inline constexpr auto fieldsOf<Verdict> = std::tuple{Field{"sentence", &Verdict::sentence},
                                                     Field{"speedup", &Verdict::speedup},
                                                     Field{"speedupCi95", &Verdict::speedupCi95},
                                                     Field{"significant", &Verdict::significant},
                                                     Field{"conversionShare", &Verdict::conversionShare},
                                                     Field{"accuracyDrop", &Verdict::accuracyDrop},
                                                     Field{"grade", &Verdict::grade, later}};

template <>
inline constexpr auto fieldsOf<PeakRate> =
    std::tuple{Field{"precision", &PeakRate::precision}, Field{"threads", &PeakRate::threads},
               Field{"gops", &PeakRate::gops}, Field{"kernel", &PeakRate::kernel}};

template <>
inline constexpr auto fieldsOf<Bandwidth> =
    std::tuple{Field{"level", &Bandwidth::level}, Field{"threads", &Bandwidth::threads},
               Field{"capacityBytes", &Bandwidth::capacityBytes}, Field{"workingSetBytes", &Bandwidth::workingSetBytes},
               Field{"gbps", &Bandwidth::gbps}};

template <>
inline constexpr auto fieldsOf<Roofline> =
    std::tuple{Field{"peaks", &Roofline::peaks}, Field{"bandwidths", &Roofline::bandwidths},
               Field{"overheadMs", &Roofline::overheadMs}};

template <>
inline constexpr auto fieldsOf<LossPart> =
    std::tuple{Field{"kind", &LossPart::kind}, Field{"ms", &LossPart::ms}, Field{"steps", &LossPart::steps}};

template <>
inline constexpr auto fieldsOf<Waterfall> = std::tuple{
    Field{"fp32Ms", &Waterfall::fp32Ms}, Field{"int8Ms", &Waterfall::int8Ms}, Field{"parts", &Waterfall::parts}};

template <>
inline constexpr auto fieldsOf<SweepPoint> =
    std::tuple{Field{"threads", &SweepPoint::threads},         Field{"batch", &SweepPoint::batch},
               Field{"latencyMs", &SweepPoint::latencyMs},     Field{"speedup", &SweepPoint::speedup},
               Field{"speedupCi95", &SweepPoint::speedupCi95}, Field{"significant", &SweepPoint::significant},
               Field{"failure", &SweepPoint::failure},         Field{"grade", &SweepPoint::grade, later}};

template <>
inline constexpr auto fieldsOf<Sweep> =
    std::tuple{Field{"timeBudgetS", &Sweep::timeBudgetS}, Field{"points", &Sweep::points},
               Field{"conditions", &Sweep::conditions, later}};

template <>
inline constexpr auto fieldsOf<IsaRun> = std::tuple{Field{"cap", &IsaRun::cap},
                                                    Field{"isa", &IsaRun::isa},
                                                    Field{"weightBits", &IsaRun::weightBits},
                                                    Field{"weightLimit", &IsaRun::weightLimit, later},
                                                    Field{"latencyMs", &IsaRun::latencyMs},
                                                    Field{"speedup", &IsaRun::speedup},
                                                    Field{"speedupCi95", &IsaRun::speedupCi95},
                                                    Field{"significant", &IsaRun::significant},
                                                    Field{"top1", &IsaRun::top1},
                                                    Field{"agreement", &IsaRun::agreement},
                                                    Field{"outputDifference", &IsaRun::outputDifference},
                                                    Field{"saturated", &IsaRun::saturated},
                                                    Field{"failure", &IsaRun::failure},
                                                    Field{"grade", &IsaRun::grade, later}};

template <>
inline constexpr auto fieldsOf<IsaComparison> =
    std::tuple{Field{"samples", &IsaComparison::samples}, Field{"timeBudgetS", &IsaComparison::timeBudgetS},
               Field{"runs", &IsaComparison::runs}, Field{"conditions", &IsaComparison::conditions, later}};

template <>
inline constexpr auto fieldsOf<Diagnostic> =
    std::tuple{Field{"severity", &Diagnostic::severity}, Field{"code", &Diagnostic::code},
               Field{"where", &Diagnostic::where}, Field{"message", &Diagnostic::message},
               Field{"cure", &Diagnostic::cure, later}};

template <>
inline constexpr auto fieldsOf<Report> = std::tuple{Field{"schema", &Report::schema},
                                                    Field{"tool", &Report::tool},
                                                    Field{"command", &Report::command},
                                                    Field{"created", &Report::created},
                                                    Field{"machine", &Report::machine},
                                                    Field{"model", &Report::model},
                                                    Field{"data", &Report::data},
                                                    Field{"options", &Report::options},
                                                    Field{"runs", &Report::runs},
                                                    Field{"layers", &Report::layers},
                                                    Field{"tensors", &Report::tensors},
                                                    Field{"conversions", &Report::conversions},
                                                    Field{"accuracy", &Report::accuracy},
                                                    Field{"verdict", &Report::verdict},
                                                    Field{"roofline", &Report::roofline},
                                                    Field{"waterfall", &Report::waterfall},
                                                    Field{"errors", &Report::errors},
                                                    Field{"plan", &Report::plan},
                                                    Field{"sweep", &Report::sweep},
                                                    Field{"isas", &Report::isas},
                                                    Field{"diagnostics", &Report::diagnostics}};

} // namespace halftone
