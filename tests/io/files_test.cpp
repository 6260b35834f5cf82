// SPDX-License-Identifier: MIT
// label: threads

#include <patio/io/files.hpp>

#include "support/child_process.hpp"
#include "support/drivers.hpp"
#include "support/scratch.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::write_how;
using patio::test_support::child_process;
using patio::test_support::pattern;
using patio::test_support::scratch_directory;

class whole_files : public patio::test_support::on_each_driver {
protected:
    template <class T>
    static T run(async<T> main) {
        return patio::run(std::move(main), options());
    }
    /// What an operation fails with: its code and text; no code if it does not.
    template <class T>
    static std::pair<std::error_code, std::string> failure_of(async<T> operation) {
        try {
            static_cast<void>(run(std::move(operation)));
        } catch (const patio::error& failure) {
            return {failure.code(), failure.what()};
        }
        return {};
    }

    scratch_directory scratch_;
};
PATIO_TEST_ON_EACH_DRIVER(whole_files);

// --- reading

TEST_P(whole_files, are_read) {
    const std::string content = pattern(1'000'000);
    EXPECT_TRUE(run(patio::read_file(scratch_.make("a", content))) == content);
    EXPECT_EQ(run(patio::read_file(scratch_.make("empty", ""))), "");
}

TEST_P(whole_files, are_not_read_beyond_the_limit) {
    const std::string path = scratch_.make("a", "12345");
    EXPECT_EQ(run(patio::read_file(path, 5)), "12345");
    try {
        static_cast<void>(run(patio::read_file(path, 4)));
        ADD_FAILURE() << "it must fail";
    } catch (const patio::limit_exceeded& failure) {
        EXPECT_STREQ(failure.name(), "bytes_max");
        EXPECT_EQ(failure.limit(), 4U);
    }
}

TEST_P(whole_files, that_are_missing_are_named) {
    const std::string path = scratch_ / "none";
    const auto [code, text] = failure_of(patio::read_file(path));
    EXPECT_EQ(code, std::errc::no_such_file_or_directory);
    EXPECT_EQ(text, "opening " + path + ": No such file or directory");
}

// --- writing

TEST_P(whole_files, are_written_in_both_ways) {
    for (const write_how how : {write_how::in_place, write_how::atomic}) {
        const std::string path = scratch_ / "a";
        const std::string content = pattern(3'000'000);
        run(patio::write_file(path, content, how));
        EXPECT_TRUE(scratch_directory::content_of(path) == content);
        run(patio::write_file(path, "short", how));
        EXPECT_EQ(scratch_directory::content_of(path), "short");
        run(patio::write_file(path, "", how));
        EXPECT_EQ(scratch_directory::content_of(path), "");
        EXPECT_EQ(scratch_.count(), 1U);
    }
}

TEST_P(whole_files, are_written_in_the_current_directory_too) {
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(scratch_.path());
    run(patio::write_file("a", "x", write_how::atomic));
    std::filesystem::current_path(before);
    EXPECT_EQ(scratch_directory::content_of(scratch_ / "a"), "x");
    EXPECT_EQ(scratch_.count(), 1U);
}

TEST_P(whole_files, are_added_to) {
    const std::string path = scratch_ / "a";
    run(patio::append_file(path, "one "));
    run(patio::append_file(path, "two"));
    EXPECT_EQ(scratch_directory::content_of(path), "one two");
}

TEST_P(whole_files, keep_the_permissions_of_what_they_replace) {
    const std::string path = scratch_.make("a", "secret");
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    run(patio::write_file(path, "other", write_how::atomic));
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0600});
}

TEST_P(whole_files, that_are_replaced_stay_what_they_were_for_who_has_them_open) {
    const std::string path = scratch_.make("a", "old");
    std::ifstream reader{path};
    run(patio::write_file(path, "new", write_how::atomic));
    std::string seen;
    reader >> seen;
    EXPECT_EQ(seen, "old");
    EXPECT_EQ(scratch_directory::content_of(path), "new");
}

TEST_P(whole_files, that_cannot_be_replaced_leave_nothing_behind) {
    ASSERT_TRUE(std::filesystem::create_directory(scratch_ / "a"));
    const auto [code, text] = failure_of(patio::write_file(scratch_ / "a", "x", write_how::atomic));
    EXPECT_EQ(code, std::errc::is_a_directory);
    EXPECT_EQ(text, "replacing " + (scratch_ / "a") + ": Is a directory");
    EXPECT_EQ(scratch_.count(), 1U);
    EXPECT_EQ(failure_of(patio::write_file(scratch_ / "none/a", "x", write_how::atomic)).first,
              std::errc::no_such_file_or_directory);
}

TEST_P(whole_files, say_when_the_disk_is_full) {
    const auto [code, text] = failure_of(patio::write_file("/dev/full", "x"));
    EXPECT_EQ(code, std::errc::no_space_on_device);
    EXPECT_EQ(text, "writing /dev/full: No space left on device");
}

TEST_P(whole_files, are_the_old_ones_when_the_new_ones_may_not_grow_enough) {
    const std::string path = scratch_.make("a", "old");
    child_process child{[&] {
        const rlimit limit{50'000, 50'000};
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
        std::signal(SIGXFSZ, SIG_IGN);
        const std::string content = pattern(80'000);
        const auto [code, text] = failure_of(patio::write_file(path, content, write_how::atomic));
        std::printf("%s", text.c_str());
        return code == std::errc::file_too_large ? 7 : 1;
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 7) << child.output();
    EXPECT_EQ(child.output(), "writing " + path + ": File too large");
    EXPECT_EQ(scratch_directory::content_of(path), "old");
    EXPECT_EQ(scratch_.count(), 1U);
}

TEST_P(whole_files, are_the_old_ones_on_a_full_file_system) {
    constexpr int cannot_mount = 77;
    const std::string disk = scratch_ / "disk";
    ASSERT_TRUE(std::filesystem::create_directory(disk));
    child_process child{[&] {
        // A mount of its own, which is gone with the child.
        if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
            return cannot_mount;
        }
        if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=256k") != 0) {
            return cannot_mount;
        }
        const std::string path = disk + "/a";
        run(patio::write_file(path, "old", write_how::atomic));
        const std::string content = pattern(1'000'000);
        const auto [code, text] = failure_of(patio::write_file(path, content, write_how::atomic));
        if (code != std::errc::no_space_on_device) return 1;
        if (run(patio::read_file(path)) != "old") return 2;
        const std::filesystem::directory_iterator all{disk};
        if (std::distance(begin(all), end(all)) != 1) return 3;
        // In place there is no way back: a part has been written.
        const auto in_place = failure_of(patio::write_file(path, content));
        if (in_place.first != std::errc::no_space_on_device) return 4;
        return run(patio::read_file(path)) == "old" ? 5 : 7;
    }};
    child.wait();
    if (child.exit_status() == cannot_mount) {
        GTEST_SKIP() << "this process may not mount a small tmpfs: needs root or user namespaces";
    }
    EXPECT_EQ(child.exit_status(), 7) << child.output();
}

TEST_P(whole_files, are_the_old_or_the_new_ones_wherever_replacing_them_is_cancelled) {
    const std::string path = scratch_ / "a";
    const std::string old_content = pattern(10);
    const std::string new_content = pattern(4'000'000);
    int old_count = 0;
    int new_count = 0;
    const auto main = [&]() -> async<> {
        for (int turns = 0; turns < 5'000; turns += turns / 3 + 1) {
            co_await patio::write_file(path, old_content);
            auto writing =
                patio::create_task(patio::write_file(path, new_content, write_how::atomic));
            for (int i = 0; i < turns; ++i)
                co_await patio::yield();
            writing.cancel();
            try {
                co_await writing;
                EXPECT_TRUE(scratch_directory::content_of(path) == new_content) << turns;
                ++new_count;
            } catch (const patio::task_cancelled&) {
                EXPECT_TRUE(scratch_directory::content_of(path) == old_content) << turns;
                ++old_count;
            }
            EXPECT_EQ(scratch_.count(), 1U) << turns;
        }
    };
    run(main());
    EXPECT_GT(old_count, 0);
    EXPECT_GT(old_count + new_count, 20);
}

TEST_P(whole_files, are_never_seen_in_parts_while_they_are_replaced) {
    const std::string path = scratch_.make("a", "");
    const auto main = [&]() -> async<> {
        co_await patio::write_file(path, pattern(100'000));
        bool is_over = false;
        const auto write = [&]() -> async<> {
            for (int i = 0; i < 20; ++i)
                co_await patio::write_file(path, pattern(100'000), write_how::atomic);
            is_over = true;
        };
        auto writing = patio::create_task(write());
        while (!is_over) {
            const std::string seen = co_await patio::read_file(path);
            EXPECT_EQ(seen.size(), 100'000U);
        }
        co_await writing;
    };
    run(main());
}

// --- names

TEST_P(whole_files, are_renamed_and_removed) {
    const std::string a = scratch_.make("a", "x");
    const std::string b = scratch_.make("b", "y");
    run(patio::rename_file(a, b));
    EXPECT_EQ(scratch_directory::content_of(b), "x");
    EXPECT_EQ(scratch_.count(), 1U);
    const auto [code, text] = failure_of(patio::rename_file(a, b));
    EXPECT_EQ(text, "renaming " + a + " to " + b + ": No such file or directory");
    run(patio::remove_file(b));
    EXPECT_EQ(scratch_.count(), 0U);
    EXPECT_EQ(failure_of(patio::remove_file(b)).second,
              "removing " + b + ": No such file or directory");
    EXPECT_FALSE(run(patio::remove_file_if_there(b)));
    EXPECT_TRUE(run(patio::remove_file_if_there(scratch_.make("c", ""))));
}

TEST_P(whole_files, get_their_permissions_set) {
    const std::string path = scratch_.make("a", "x");
    run(patio::set_permissions(path, 0640));
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0640});
    EXPECT_EQ(failure_of(patio::set_permissions(scratch_ / "none", 0640)).first,
              std::errc::no_such_file_or_directory);
}

TEST_P(whole_files, stand_in_directories_that_are_made_and_removed) {
    const std::string path = scratch_ / "d";
    run(patio::make_directory(path, 0700));
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0700});
    EXPECT_EQ(failure_of(patio::make_directory(path)).second,
              "making directory " + path + ": File exists");
    run(patio::remove_directory(path));
    EXPECT_EQ(scratch_.count(), 0U);
    EXPECT_EQ(failure_of(patio::remove_directory(path)).second,
              "removing directory " + path + ": No such file or directory");
}

TEST_P(whole_files, stand_in_deep_directories) {
    const std::string path = scratch_ / "x/y/z";
    run(patio::make_directories(path));
    EXPECT_TRUE(std::filesystem::is_directory(path));
    run(patio::make_directories(path + "/"));  // it is there
    run(patio::write_file(path + "/a", "x"));
    EXPECT_EQ(failure_of(patio::remove_directory(path)).first, std::errc::directory_not_empty);
    EXPECT_EQ(failure_of(patio::make_directories(path + "/a/b")).first, std::errc::not_a_directory);
    EXPECT_EQ(run(patio::remove_tree(scratch_ / "x")), 4U);
    EXPECT_EQ(scratch_.count(), 0U);
    EXPECT_EQ(run(patio::remove_tree(scratch_ / "x")), 0U);
}

TEST_P(whole_files, behind_links_outlive_the_removal_of_the_links_tree) {
    const std::string kept = scratch_.make("kept", "x");
    run(patio::make_directory(scratch_ / "d"));
    std::filesystem::create_symlink(kept, scratch_ / "d/link");
    std::filesystem::create_directory_symlink(scratch_.path(), scratch_ / "d/up");
    run(patio::remove_tree(scratch_ / "d"));
    EXPECT_EQ(scratch_directory::content_of(kept), "x");
    EXPECT_EQ(scratch_.count(), 1U);
}

TEST_P(whole_files, with_zeros_in_their_names_are_refused) {
    const std::string bad = scratch_.make("a", "x") + std::string("\0b", 2);
    EXPECT_EQ(failure_of(patio::read_file(bad)).first, patio::errc::malformed);
    EXPECT_EQ(failure_of(patio::write_file(bad, "x")).first, patio::errc::malformed);
    EXPECT_EQ(failure_of(patio::append_file(bad, "x")).first, patio::errc::malformed);
    EXPECT_EQ(failure_of(patio::remove_file(bad)).first, patio::errc::malformed);
    EXPECT_EQ(failure_of(patio::remove_tree(bad)).first, patio::errc::malformed);
    EXPECT_EQ(failure_of(patio::rename_file(scratch_ / "a", bad)).first, patio::errc::malformed);
    EXPECT_EQ(failure_of(patio::make_directory(bad)).first, patio::errc::malformed);
    EXPECT_EQ(failure_of(patio::make_directories(bad)).first, patio::errc::malformed);
    EXPECT_EQ(scratch_directory::content_of(scratch_ / "a"), "x");
}

TEST_P(whole_files, are_not_touched_by_a_task_that_is_cancelled_before) {
    const std::string path = scratch_.make("a", "x");
    const auto main = [&]() -> async<> {
        auto removing = patio::create_task(patio::remove_file(path));
        auto writing = patio::create_task(patio::write_file(path, "y"));
        removing.cancel();
        writing.cancel();
        co_await patio::sleep(1ms);
        EXPECT_TRUE(removing.cancelled());
        EXPECT_TRUE(writing.cancelled());
    };
    run(main());
    EXPECT_EQ(scratch_directory::content_of(path), "x");
}

}  // namespace
