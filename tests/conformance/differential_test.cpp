// SPDX-License-Identifier: MIT

// Runs every scenario on Patio and on CPython's asyncio and compares the traces. README.md beside
// this file describes the scenarios, and how to run one by hand.

#include "interpreter.hpp"
#include "oracle_process.hpp"
#include "scenario.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using conformance::lines;

const std::filesystem::path here{PATIO_CONFORMANCE_DIR};

std::vector<std::string> scenario_files() {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator{here / "scenarios"}) {
        if (entry.path().extension() == ".txt") files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string stem(const std::string& path) { return std::filesystem::path{path}.stem().string(); }

std::string joined(const lines& trace) {
    std::string text;
    for (const std::string& line : trace)
        text += line + "\n";
    return text;
}

class differential : public testing::TestWithParam<std::string> {
protected:
    /// One run of Python for all scenarios, at the first one that asks.
    static const conformance::oracle& asyncio() {
        static const conformance::oracle traces{(here / "oracle.py").string(), scenario_files()};
        return traces;
    }
};

TEST_P(differential, gives_the_same_trace_as_asyncio_or_departs_as_recorded) {
    ASSERT_EQ(asyncio().complaint(), "");
    const conformance::scenario script = conformance::parse_scenario(GetParam());
    ASSERT_EQ(script.complaint(), "") << GetParam();

    const lines expected = asyncio().trace(GetParam());
    const lines actual = conformance::interpreter{script}.run();
    if (std::getenv("PATIO_TRACE") != nullptr) {
        std::cout << "asyncio:\n" << joined(expected) << "Patio:\n" << joined(actual);
    }
    ASSERT_FALSE(expected.empty()) << "asyncio left no trace of " << GetParam();

    if (!script.departs) {
        EXPECT_EQ(expected, actual)
            << stem(GetParam()) << "\n"
            << conformance::difference("asyncio", expected, "Patio", actual);
        return;
    }
    const lines& asyncio_record = script.records.at("asyncio");
    const lines& patio_record = script.records.at("patio");
    EXPECT_EQ(asyncio_record, expected)
        << stem(GetParam()) << ": asyncio no longer does what is recorded\n"
        << conformance::difference("recorded for asyncio", asyncio_record, "asyncio", expected);
    EXPECT_EQ(patio_record, actual)
        << stem(GetParam()) << ": Patio no longer departs as recorded\n"
        << conformance::difference("recorded for Patio", patio_record, "Patio", actual);
}

INSTANTIATE_TEST_SUITE_P(scenarios, differential, testing::ValuesIn(scenario_files()),
                         [](const auto& tested) { return stem(tested.param); });

TEST(departures, are_all_listed_in_the_readme_and_no_others) {
    std::ifstream file{here / "README.md"};
    std::stringstream text;
    text << file.rdbuf();
    ASSERT_NE(text.str(), "");
    for (const std::string& path : scenario_files()) {
        const bool departs = conformance::parse_scenario(path).departs.has_value();
        const bool listed = text.str().find("`" + stem(path) + "`") != std::string::npos;
        EXPECT_EQ(departs, listed) << stem(path);
    }
}

}  // namespace
