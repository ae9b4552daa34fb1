// SPDX-License-Identifier: GPL-3.0-or-later
// The check of preprocessing alone, of one model with many settings: fp32's answers and what is said of them, without
// the rest of a job. wrong_preprocessing.py starts it.
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/quantize/batch_rows.h"
#include "core/workflow/jobs/job_input.h"
#include "core/workflow/preprocessing/check_preprocessing.h"
#include "core/workflow/preprocessing/label_offset.h"
#include "core/workflow/samples/feed.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <iostream>
#include <sstream>
#include <string>

namespace {

using namespace halftone;

std::vector<float> numbers(const std::string& text) {
    std::vector<float> values;
    std::istringstream words(text);
    for (std::string word; std::getline(words, word, ',');)
        values.push_back(std::stof(word));
    return values;
}

/// "preset=imagenet-tf channels=bgr label-offset=1", by the options of the command line.
Preprocessing settingOf(const std::string& line) {
    Preprocessing setting;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
        const std::string option = word.substr(0, word.find('=')), value = word.substr(word.find('=') + 1);
        if (option == "preset") {
            setting = preprocessingPreset(value);
            continue;
        }
        if (option == "resize")
            setting.resizeShortSide = std::stoi(value);
        else if (option == "crop")
            setting.cropSize = std::stoi(value);
        else if (option == "mean")
            setting.mean = numbers(value);
        else if (option == "std")
            setting.std = numbers(value);
        else if (option == "channels")
            setting.channels = value == "bgr" ? ChannelOrder::Bgr : ChannelOrder::Rgb;
        else if (option == "label-offset")
            setting.labelOffset = std::stoi(value);
        else
            throw Error(ErrorCode::Usage, "There is no option " + option);
        setting.preset = "custom";
    }
    return setting;
}

class Worker {
public:
    explicit Worker(JobRequest request)
        : m_request(std::move(request)), m_model(loadModel(m_request.modelPath, {}, m_request.batch, m_job)) {
        useThreads(machineInfo().cores);
        m_fp32.emplace(compile(m_model.graph, {Precision::Fp32}, m_job));
    }

    /// pictures, those that fp32 is right on, seconds of the check, then the finding's code, its cure and its words.
    std::string check(const std::string& line) {
        m_request.preprocessing = settingOf(line);
        const JobInput input(m_request, m_model, openData(m_request));
        Stages stages(m_job, {{"Answering", 1}, {"Checking", 1}});
        stages.next();
        const int64_t start = nowNs();
        const Answers answers = answer(input, stages);
        const double answeredS = secondsSince(start);
        const PictureSamples& pictures = *input.pictures();
        const int64_t right = countRight(pictures, answers, pictures.labelOffset());
        stages.next();
        const int64_t begin = nowNs();
        const auto found =
            checkPreprocessing({m_model, *m_fp32, pictures, answers, std::nullopt, std::max(5.0, answeredS)}, stages);
        std::string cure;
        if (found)
            for (const auto& [option, value] : found->cure)
                cure += fmt::format("{}{}={}", cure.empty() ? "" : " ", option, value);
        return fmt::format("{}\t{}\t{:.2f}\t{}\t{}\t{}", answers.samples.size(), right, secondsSince(begin),
                           found ? found->code : "", cure, found ? found->message : "");
    }

private:
    Answers answer(const JobInput& input, Stages& stages) {
        const size_t batch = samplesIn(m_fp32->inputShape(0)), each = m_fp32->output(0).size() / batch;
        Answers answers{{}, {}, static_cast<int64_t>(each)};
        forEachBatch(*m_fp32, input.samples(), input.evaluation(), stages, [&](std::span<const int64_t> rows) {
            m_fp32->run();
            for (size_t row = 0; row < rows.size(); ++row) {
                answers.samples.push_back(rows[row]);
                answers.classes.push_back(argMax(m_fp32->output(0).subspan(row * each, each)));
            }
        });
        return answers;
    }

    Job m_job;
    JobRequest m_request;
    LoadedModel m_model;
    std::optional<Plan> m_fp32;
};

} // namespace

int main(int argc, char** argv) {
    JobRequest request;
    CLI::App program("Checks one model's preprocessing: reads a setting from each line, answers with a line.",
                     "preprocessing_worker");
    program.add_option("MODEL", request.modelPath)->required();
    program.add_option("DATA", request.dataPath)->required();
    program.add_option("--samples", request.maxSamples);
    program.add_option("--calibration", request.calibrationSamples);
    CLI11_PARSE(program, argc, argv);
    try {
        Worker worker(request);
        for (std::string line; std::getline(std::cin, line);) {
            std::string answer;
            try {
                answer = worker.check(line);
            } catch (const Error& error) { // such as labels that are no classes: the next setting may do
                answer = fmt::format("0\t0\t0\trefused\t\t{}", error.message());
            }
            std::cout << answer << std::endl;
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "preprocessing_worker: {}\n", error.what());
        return 1;
    }
}
