// SPDX-License-Identifier: MIT

#include "debug/symbols.hpp"

#include <gtest/gtest.h>

#include <execinfo.h>

namespace {

using patio::debug::symbolise;
using patio::debug::tidy_function;

TEST(symbols, cut_parameters_and_clones) {
    EXPECT_EQ(tidy_function("app::fetch(int, std::string const&)"), "app::fetch");
    EXPECT_EQ(tidy_function("app::fetch(int) [clone .resume]"), "app::fetch");
    EXPECT_EQ(tidy_function("app::fetch(fetch(int)::_Z5fetchi.Frame*) [clone .actor]"),
              "app::fetch");
    EXPECT_EQ(tidy_function("server::port() const"), "server::port");
    EXPECT_EQ(tidy_function("(anonymous namespace)::helper(int)"), "(anonymous namespace)::helper");
}

TEST(symbols, cut_what_a_template_adds) {
    EXPECT_EQ(tidy_function("void std::this_thread::sleep_for<long, std::ratio<1l, 1000l> >"
                            "(std::chrono::duration<long, std::ratio<1l, 1000l> > const&)"),
              "std::this_thread::sleep_for");
}

TEST(symbols, say_what_people_call_the_c_librarys_own_functions) {
    EXPECT_EQ(tidy_function("__GI___clock_nanosleep"), "clock_nanosleep");
}

TEST(symbols, leave_plain_names_alone) {
    EXPECT_EQ(tidy_function("main"), "main");
    EXPECT_EQ(tidy_function(""), "");
}

[[gnu::noinline]] int take_stack(void** frames) { return ::backtrace(frames, 8); }

TEST(symbols, find_the_functions_of_this_program) {
    void* frames[8];
    const int count = take_stack(frames);
    const auto symbols = symbolise(frames, static_cast<std::size_t>(count));
    bool is_found = false;
    for (const auto& one : symbols)
        is_found = is_found || one.file == "symbols_test.cpp";
    EXPECT_TRUE(is_found);
}

}  // namespace
