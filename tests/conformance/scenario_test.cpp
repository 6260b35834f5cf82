// SPDX-License-Identifier: MIT

// The two parsers of the scenario format must refuse the same files, at the same line.

#include "scenario.hpp"

#include "oracle_process.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;

const std::filesystem::path here{PATIO_CONFORMANCE_DIR};

struct bad_script {
    const char* name;
    int line;  ///< of the complaint; 0: about the whole file
    const char* text;
};

const bad_script bad_scripts[] = {
    {"without_main", 0, "async other\n  yield\n"},
    {"with_an_unknown_line", 1, "task main\n  yield\n"},
    {"with_an_unknown_verb", 2, "async main\n  jump 3\n"},
    {"with_an_odd_indent", 2, "async main\n   yield\n"},
    {"with_an_indent_too_far", 3, "async main\n  yield\n    yield\n"},
    {"that_begins_indented", 1, "  yield\n"},
    {"with_an_empty_block", 2, "async main\n  loop\n  yield\n"},
    {"with_too_few_words", 2, "async main\n  sleep\n"},
    {"with_too_many_words", 2, "async main\n  sleep 1 2\n"},
    {"that_drops_a_value", 3, "queue q 1\nasync main\n  get q\n"},
    {"with_a_try_alone", 1, "async main\n  try\n    yield\n"},
    {"with_an_except_alone", 3, "async main\n  yield\n  except error\n    yield\n"},
    {"with_two_cleanups", 6,
     "async main\n  try\n    yield\n  finally\n    yield\n  finally\n    yield\n"},
    {"with_an_unknown_kind_of_failure", 4,
     "async main\n  try\n    yield\n  except sorrow\n    yield\n"},
    {"with_a_for_without_values", 2, "async main\n  for i\n    yield\n"},
    {"with_a_queue_without_room", 1, "queue q 0\nasync main\n  yield\n"},
    {"with_a_size_that_is_no_number", 1, "semaphore s many\nasync main\n  yield\n"},
    {"with_an_event_that_has_a_size", 1, "event e 3\nasync main\n  yield\n"},
};

class bad_scripts_test : public testing::TestWithParam<bad_script> {
protected:
    /// Writes all files and lets the oracle check them in one run.
    static void SetUpTestSuite() {
        std::vector<std::string> arguments{"python3", (here / "oracle.py").string(), "--check"};
        for (const bad_script& one : bad_scripts) {
            std::ofstream{path_of(one)} << one.text;
            arguments.push_back(path_of(one));
        }
        oracle_ = conformance::run_program(std::move(arguments), 60s);
    }
    static void TearDownTestSuite() {
        for (const bad_script& one : bad_scripts) {
            std::filesystem::remove(path_of(one));
        }
    }

    static std::string path_of(const bad_script& one) {
        const std::filesystem::path directory = testing::TempDir();
        const std::string process = std::to_string(getpid());  // builds are tested side by side
        return (directory / ("patio_scenario_" + process + "_" + one.name + ".txt")).string();
    }
    /// How a complaint must begin.
    static std::string place() {
        return path_of(GetParam()) + ":" + std::to_string(GetParam().line) + ": ";
    }

    static inline conformance::process_result oracle_;
};

TEST_P(bad_scripts_test, are_refused_here_with_file_and_line) {
    try {
        conformance::parse_scenario(path_of(GetParam()));
        FAIL() << "was not refused";
    } catch (const conformance::format_error& error) {
        EXPECT_EQ(std::string{error.what()}.substr(0, place().size()), place()) << error.what();
    }
}

TEST_P(bad_scripts_test, are_refused_by_the_oracle_with_file_and_line) {
    EXPECT_EQ(oracle_.complaint, "python3 ended with status 1");
    EXPECT_NE(oracle_.output.find(place()), std::string::npos) << oracle_.output;
}

INSTANTIATE_TEST_SUITE_P(scripts, bad_scripts_test, testing::ValuesIn(bad_scripts),
                         [](const auto& tested) { return std::string{tested.param.name}; });

TEST(scenario, says_what_is_wrong_with_its_departure) {
    conformance::scenario script;
    EXPECT_EQ(script.complaint(), "");
    script.records["patio"] = {"a"};
    EXPECT_EQ(script.complaint(), "records a trace without 'departs:'");
    script.departs = "";
    EXPECT_EQ(script.complaint(), "'departs:' gives no reason");
    script.departs = "a reason";
    EXPECT_EQ(script.complaint(), "a departure records both traces, 'asyncio:' and 'patio:'");
    script.records["asyncio"] = {"a"};
    EXPECT_EQ(script.complaint(), "both records are the same, so nothing departs");
    script.records["asyncio"] = {"b"};
    EXPECT_EQ(script.complaint(), "");
}

TEST(run_program, says_that_a_program_is_missing) {
    const auto result = conformance::run_program({"patio-no-such-program"}, 10s);
    EXPECT_FALSE(result.ended_well);
    EXPECT_EQ(result.complaint, "cannot run patio-no-such-program: No such file or directory");
}

TEST(run_program, ends_a_program_that_takes_too_long) {
    const auto result = conformance::run_program({"sleep", "100"}, 10ms);
    EXPECT_FALSE(result.ended_well);
    EXPECT_EQ(result.complaint, "sleep did not end in time");
}

TEST(difference, marks_the_lines_that_only_one_side_has) {
    EXPECT_EQ(conformance::difference("left", {"a", "b", "d"}, "right", {"a", "c", "d"}),
              "-: left   +: right\n  a\n- b\n+ c\n  d\n");
}

}  // namespace
