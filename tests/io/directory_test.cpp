// SPDX-License-Identifier: MIT
// label: threads

#include <patio/io/directory.hpp>

#include "support/drivers.hpp"
#include "support/scratch.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <system_error>

#include <sys/stat.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::file_type;
using patio::test_support::descriptor_count;
using patio::test_support::scratch_directory;

class directories : public patio::test_support::on_each_driver {
protected:
    template <class Main>
    auto run(Main main) {
        return patio::run(main(), options());
    }
    scratch_directory scratch_;
};
PATIO_TEST_ON_EACH_DRIVER(directories);

TEST_P(directories, give_their_entries_with_types) {
    static_cast<void>(scratch_.make("a", "x"));
    std::filesystem::create_directory(scratch_ / "d");
    std::filesystem::create_symlink("a", scratch_ / "link");
    ASSERT_EQ(::mkfifo((scratch_ / "fifo").c_str(), 0600), 0);
    run([&]() -> async<> {
        std::map<std::string, file_type> found;
        auto all = patio::list_directory(scratch_.path());
        while (auto entry = co_await all.next())
            found[entry->name()] = entry->type();
        const std::map<std::string, file_type> expected{{"a", file_type::regular},
                                                        {"d", file_type::directory},
                                                        {"fifo", file_type::fifo},
                                                        {"link", file_type::symbolic_link}};
        EXPECT_EQ(found, expected);
    });
}

TEST_P(directories, that_are_empty_give_nothing) {
    run([&]() -> async<> {
        auto all = patio::list_directory(scratch_.path());
        const auto entry = co_await all.next();
        EXPECT_FALSE(entry.has_value());
    });
}

TEST_P(directories, that_are_large_give_each_entry_once) {
    std::set<std::string> expected;
    for (int i = 0; i < 1000; ++i) {
        expected.insert(std::to_string(i));
        static_cast<void>(scratch_.make(std::to_string(i), ""));
    }
    run([&]() -> async<> {
        std::set<std::string> found;
        int count = 0;
        auto all = patio::list_directory(scratch_.path());
        while (auto entry = co_await all.next()) {
            found.insert(entry->name());
            ++count;
        }
        EXPECT_EQ(count, 1000);
        EXPECT_EQ(found, expected);
    });
}

TEST_P(directories, that_are_missing_or_files_are_named_when_the_first_entry_is_asked_for) {
    const auto what_of = [](const std::string& path) -> async<std::string> {
        auto all = patio::list_directory(path);
        try {
            static_cast<void>(co_await all.next());
        } catch (const patio::error& failure) {
            co_return failure.what();
        }
        co_return "";
    };
    run([&]() -> async<> {
        std::string failure = co_await what_of(scratch_ / "none");
        EXPECT_EQ(failure, "listing " + (scratch_ / "none") + ": No such file or directory");
        failure = co_await what_of(scratch_.make("a", ""));
        EXPECT_EQ(failure, "listing " + (scratch_ / "a") + ": Not a directory");
    });
}

TEST_P(directories, that_are_left_early_are_closed) {
    for (int i = 0; i < 600; ++i)
        static_cast<void>(scratch_.make(std::to_string(i), ""));
    run([&]() -> async<> {
        const std::size_t before = descriptor_count();
        {
            auto all = patio::list_directory(scratch_.path());
            const auto entry = co_await all.next();
            EXPECT_TRUE(entry.has_value());
            EXPECT_EQ(descriptor_count(), before + 1);
        }
        EXPECT_EQ(descriptor_count(), before);
    });
}

TEST_P(directories, are_closed_wherever_their_reading_is_cancelled) {
    for (int i = 0; i < 600; ++i)
        static_cast<void>(scratch_.make(std::to_string(i), ""));
    run([&]() -> async<> {
        const std::size_t before = descriptor_count();
        const auto read = [&]() -> async<> {
            auto all = patio::list_directory(scratch_.path());
            while (auto entry = co_await all.next())
                co_await patio::yield();
        };
        for (int turns = 0; turns < 2'000; turns += turns / 3 + 1) {
            auto reading = patio::create_task(read());
            for (int i = 0; i < turns; ++i)
                co_await patio::yield();
            reading.cancel();
            try {
                co_await reading;
            } catch (const patio::task_cancelled&) {  // one of the expected ways
            }
            EXPECT_EQ(descriptor_count(), before) << turns;
        }
    });
}

}  // namespace
