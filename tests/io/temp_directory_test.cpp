// SPDX-License-Identifier: MIT
// label: threads

#include <patio/io/temp_directory.hpp>

#include "support/drivers.hpp"
#include "support/scratch.hpp"

#include <patio/io/files.hpp>

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::temp_directory;
using patio::test_support::scratch_directory;

class temporary : public patio::test_support::on_each_driver {
protected:
    temporary() { ::setenv("TMPDIR", scratch_.path().c_str(), 1); }
    ~temporary() override { ::unsetenv("TMPDIR"); }

    template <class Main>
    auto run(Main main) {
        return patio::run(main(), options());
    }
    scratch_directory scratch_;
};
PATIO_TEST_ON_EACH_DRIVER(temporary);

TEST_P(temporary, directories_are_private_and_go_with_their_content) {
    run([&]() -> async<> {
        temp_directory made = co_await temp_directory::create();
        EXPECT_EQ(made.path().find(scratch_.path() + "/patio-"), 0U);
        EXPECT_EQ(std::filesystem::status(made.path()).permissions(), std::filesystem::perms{0700});
        co_await patio::make_directories(made.path_of("x/y"));
        co_await patio::write_file(made.path_of("x/y/a"), "z");
        const std::string path = made.path();
        co_await made.remove();
        EXPECT_FALSE(std::filesystem::exists(path));
        EXPECT_EQ(made.path(), "");
        co_await made.remove();  // a second time is nothing
    });
}

TEST_P(temporary, directories_go_when_their_object_does) {
    run([&]() -> async<> {
        {
            temp_directory made = co_await temp_directory::create();
            co_await patio::write_file(made.path_of("a"), "z");
            temp_directory moved{std::move(made)};
            EXPECT_EQ(scratch_.count(), 1U);
        }
        EXPECT_EQ(scratch_.count(), 0U);
    });
}

TEST_P(temporary, directories_stay_when_they_are_released) {
    run([&]() -> async<> {
        std::string path;
        {
            temp_directory made = co_await temp_directory::create(scratch_.path());
            path = made.release();
        }
        EXPECT_TRUE(std::filesystem::is_directory(path));
    });
}

TEST_P(temporary, directories_that_cannot_be_made_say_where) {
    run([&]() -> async<> {
        std::string failure;
        try {
            static_cast<void>(co_await temp_directory::create(scratch_ / "none"));
        } catch (const patio::error& thrown) {
            failure = thrown.what();
        }
        EXPECT_EQ(failure, "making a temporary directory in " + (scratch_ / "none") +
                               ": No such file or directory");
    });
}

TEST_P(temporary, directories_live_as_long_as_a_function) {
    run([&]() -> async<> {
        const auto work = [](std::string path) -> async<int> {
            co_await patio::write_file(path + "/a", "z");
            EXPECT_TRUE(std::filesystem::exists(path + "/a"));
            co_return 7;
        };
        const int value = co_await patio::with_temp_directory(work);
        EXPECT_EQ(value, 7);
        EXPECT_EQ(scratch_.count(), 0U);
        const auto fail = [](std::string path) -> async<> {
            co_await patio::write_file(path + "/a", "z");
            throw std::runtime_error{"no"};
        };
        bool has_failed = false;
        try {
            co_await patio::with_temp_directory(fail);
        } catch (const std::runtime_error&) {
            has_failed = true;
        }
        EXPECT_TRUE(has_failed);
        EXPECT_EQ(scratch_.count(), 0U);
    });
}

TEST_P(temporary, directories_are_gone_wherever_the_function_is_cancelled) {
    run([&]() -> async<> {
        const auto work = [](std::string path) -> async<> {
            co_await patio::write_file(path + "/a", "z");
            co_await patio::sleep(200us);
        };
        for (int turns = 0; turns < 3'000; turns += turns / 3 + 1) {
            auto working = patio::create_task(patio::with_temp_directory(work));
            for (int i = 0; i < turns; ++i)
                co_await patio::yield();
            working.cancel();
            try {
                co_await working;
            } catch (const patio::task_cancelled&) {  // one of the expected ways
            }
            EXPECT_EQ(scratch_.count(), 0U) << turns;
        }
    });
}

}  // namespace
