// SPDX-License-Identifier: MIT
// label: threads

#include <patio/io/file.hpp>

#include "support/child_process.hpp"
#include "support/file_suite.hpp"

#include <patio/testing/run.hpp>

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using namespace patio::test_support;
using patio::async;
using patio::file;
using patio::file_mode;
using patio::file_options;

class files : public file_suite {};
PATIO_TEST_ON_EACH_DRIVER(files);

// --- reading and the position

TEST_P(files, are_read_from_the_beginning_to_the_end) {
    const std::string path = scratch_.make("a", "hello, world");
    run([&]() -> async<> {
        file source = co_await file::open(path);
        const std::string first = co_await source.read_some(5);
        EXPECT_EQ(first, "hello");
        EXPECT_EQ(source.position(), 5U);
        std::array<char, 100> rest{};
        const std::size_t count = co_await source.read_some(rest);
        EXPECT_EQ(std::string(rest.data(), count), ", world");
        const std::size_t end = co_await source.read_some(rest);
        EXPECT_EQ(end, 0U);
        EXPECT_EQ(source.position(), 12U);
    });
}

TEST_P(files, are_read_the_same_when_they_are_not_cached) {
    const std::string content = pattern(3'000'000);
    const std::string path = scratch_.make("a", content);
    run([&]() -> async<> {
        plain_descriptor{path, O_RDWR}.forget();
        file source = co_await file::open(path);
        const std::string all = co_await source.read_all();
        EXPECT_TRUE(all == content);
        EXPECT_EQ(source.position(), content.size());
    });
}

TEST_P(files, give_empty_memory_nothing_and_do_not_move) {
    const std::string path = scratch_.make("a", "x");
    run([&]() -> async<> {
        file source = co_await file::open(path);
        const std::size_t count = co_await source.read_some(patio::byte_span{});
        EXPECT_EQ(count, 0U);
        EXPECT_EQ(source.position(), 0U);
    });
}

TEST_P(files, are_read_in_pieces_when_they_are_large_and_lose_nothing) {
    const std::string content = pattern(1'000'000);
    const std::string path = scratch_.make("a", content);
    run([&]() -> async<> {
        file source = co_await file::open(path);
        std::string all;
        std::vector<char> part(content.size());
        for (;;) {
            const std::size_t count = co_await source.read_some(part);
            if (count == 0) break;
            all.append(part.data(), count);
            EXPECT_EQ(source.position(), all.size());
        }
        EXPECT_TRUE(all == content);
    });
}

TEST_P(files, are_read_at_any_offset_by_many_tasks_at_once) {
    const std::string content = pattern(1'000'000);
    const std::string path = scratch_.make("a", content);
    run([&]() -> async<> {
        plain_descriptor{path, O_RDWR}.forget();
        file source = co_await file::open(path);
        const auto check = [&](std::size_t offset) -> async<> {
            std::array<char, 1000> part{};
            const std::size_t count = co_await source.pread(part, offset);
            EXPECT_EQ(std::string(part.data(), count), content.substr(offset, 1000));
        };
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            for (std::size_t offset = 0; offset < content.size(); offset += 10'007)
                group.spawn(check, offset);
            co_return;
        });
        EXPECT_EQ(source.position(), 0U);
    });
}

TEST_P(files, know_where_they_are_and_go_elsewhere) {
    const std::string path = scratch_.make("a", "0123456789");
    run([&]() -> async<> {
        file source = co_await file::open(path);
        source.seek(7);
        const std::string tail = co_await source.read_some(100);
        EXPECT_EQ(tail, "789");
        source.seek(100);
        const std::string nothing = co_await source.read_some(100);
        EXPECT_EQ(nothing, "");
        const std::uint64_t end = co_await source.seek_to_end();
        EXPECT_EQ(end, 10U);
        EXPECT_EQ(source.position(), 10U);
    });
}

TEST_P(files, refuse_to_read_more_than_allowed_and_stay_where_they_are) {
    const std::string path = scratch_.make("a", "0123456789");
    run([&]() -> async<> {
        file source = co_await file::open(path);
        const auto read = [&](std::size_t bytes_max) -> async<> {
            static_cast<void>(co_await source.read_all(bytes_max));
        };
        const std::string failure = co_await failure_of(read(9));
        EXPECT_NE(failure.find("bytes_max"), std::string::npos) << failure;
        EXPECT_EQ(source.position(), 0U);
        const std::string all = co_await source.read_all(10);
        EXPECT_EQ(all, "0123456789");
    });
}

TEST_P(files, that_are_directories_say_so) {
    run([&]() -> async<> {
        file source = co_await file::open(scratch_.path());
        const std::string failure = co_await failure_of(read_byte(source));
        EXPECT_EQ(failure, "reading " + scratch_.path() + ": Is a directory");
    });
}

TEST_P(files, of_the_proc_file_system_are_read_too) {
    run([&]() -> async<> {
        file source = co_await file::open("/proc/self/status");
        const std::string all = co_await source.read_all();
        EXPECT_EQ(all.substr(0, 5), "Name:");
    });
}

// --- writing

TEST_P(files, are_written_where_the_position_is) {
    const std::string path = scratch_ / "a";
    run([&]() -> async<> {
        file target = co_await file::open(path, file_mode::write);
        co_await target.write("hello, world");
        EXPECT_EQ(target.position(), 12U);
        target.seek(7);
        co_await target.write("there");
        co_await target.pwrite("H", 0);
        EXPECT_EQ(target.position(), 12U);
        co_await target.close();
    });
    EXPECT_EQ(scratch_directory::content_of(path), "Hello, there");
}

TEST_P(files, take_large_writes_whole) {
    const std::string content = pattern(5'000'000);
    const std::string path = scratch_ / "a";
    run([&]() -> async<> {
        file target = co_await file::open(path, file_mode::create);
        co_await target.write(content);
        co_await target.close();
    });
    EXPECT_TRUE(scratch_directory::content_of(path) == content);
}

TEST_P(files, that_are_opened_to_append_are_written_at_their_end_and_keep_their_position) {
    const std::string path = scratch_.make("a", "one ");
    run([&]() -> async<> {
        file log = co_await file::open(path, file_options{file_mode::append}.also_read());
        co_await log.write("two ");
        EXPECT_EQ(log.position(), 0U);
        co_await log.write("three");
        const std::string all = co_await log.read_all();
        EXPECT_EQ(all, "one two three");
    });
}

TEST_P(files, are_cut_and_lengthened) {
    const std::string path = scratch_.make("a", "0123456789");
    run([&]() -> async<> {
        file target = co_await file::open(path, file_mode::read_write);
        co_await target.truncate(4);
        co_await target.truncate(6);
    });
    EXPECT_EQ(scratch_directory::content_of(path), std::string("0123\0\0", 6));
}

TEST_P(files, are_synced) {
    const std::string path = scratch_ / "a";
    run([&]() -> async<> {
        file target = co_await file::open(path, file_mode::write);
        co_await target.write("x");
        co_await target.sync();
        co_await target.sync(patio::sync_what::data);
    });
}

TEST_P(files, tell_their_status) {
    const std::string path = scratch_.make("a", "0123456789");
    run([&]() -> async<> {
        file source = co_await file::open(path);
        const patio::file_status status = co_await source.status();
        EXPECT_TRUE(status.is_regular());
        EXPECT_EQ(status.size(), 10U);
    });
}

TEST_P(files, say_when_the_disk_is_full) {
    run([&]() -> async<> {
        file target = co_await file::open("/dev/full", file_mode::read_write);
        const std::string failure = co_await failure_of(target.write("x"));
        EXPECT_EQ(failure, "writing /dev/full: No space left on device");
        EXPECT_EQ(target.position(), 0U);
        const std::error_code code = co_await code_of(target.pwrite("x", 5));
        EXPECT_EQ(code, std::errc::no_space_on_device);
    });
}

TEST_P(files, that_may_not_grow_are_written_as_far_as_it_goes) {
    const std::string path = scratch_ / "a";
    child_process child{[&] {
        const rlimit limit{50'000, 50'000};
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
        std::signal(SIGXFSZ, SIG_IGN);
        return run([&]() -> async<int> {
            file target = co_await file::open(path, file_mode::write);
            const std::string content = pattern(80'000);
            const std::error_code code = co_await code_of(target.write(content));
            co_return code == std::errc::file_too_large&& target.position() == 50'000 ? 7 : 1;
        });
    }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 7) << child.output();
    EXPECT_TRUE(scratch_directory::content_of(path) == pattern(80'000).substr(0, 50'000));
}

TEST_P(files, that_are_open_for_one_direction_refuse_the_other) {
    const std::string path = scratch_.make("a", "x");
    run([&]() -> async<> {
        file source = co_await file::open(path);
        std::error_code code = co_await code_of(source.write("y"));
        EXPECT_EQ(code, std::errc::bad_file_descriptor);
        file target = co_await file::open(path, file_mode::write);
        code = co_await code_of(read_byte(target));
        EXPECT_EQ(code, std::errc::bad_file_descriptor);
    });
}

// --- opening

TEST_P(files, that_do_not_exist_are_named_in_the_failure) {
    const std::string path = scratch_ / "none";
    run([&]() -> async<> {
        const std::string failure = co_await failure_of(open_and_close(path, file_mode::read));
        EXPECT_EQ(failure, "opening " + path + ": No such file or directory");
    });
}

TEST_P(files, whose_path_has_a_zero_are_not_opened) {
    const std::string path = scratch_.make("a", "") + std::string("\0b", 2);
    run([&]() -> async<> {
        const std::error_code code = co_await code_of(open_and_close(path, file_mode::read));
        EXPECT_EQ(code, patio::errc::malformed);
    });
}

TEST_P(files, are_not_inherited_by_other_programs) {
    const std::string path = scratch_.make("a", "");
    run([&]() -> async<> {
        file opened = co_await file::open(path);
        EXPECT_EQ(::fcntl(opened.native_handle(), F_GETFD), FD_CLOEXEC);
    });
}

TEST_P(files, without_a_name_are_gone_when_they_are_closed) {
    run([&]() -> async<> {
        file scratch = co_await file::open_temporary(scratch_.path());
        EXPECT_EQ(scratch_.count(), 0U);
        co_await scratch.write("some");
        scratch.seek(0);
        const std::string all = co_await scratch.read_all();
        EXPECT_EQ(all, "some");
        const patio::file_status status = co_await scratch.status();
        EXPECT_EQ(status.permissions(), 0600U);
        file elsewhere = co_await file::open_temporary();
        co_await elsewhere.write("x");
    });
    EXPECT_EQ(scratch_.count(), 0U);
}

TEST_P(files, move_and_leave_a_closed_one_behind) {
    const std::string path = scratch_.make("a", "x");
    run([&]() -> async<> {
        file first = co_await file::open(path);
        file second{std::move(first)};
        EXPECT_TRUE(first.is_closed());  // NOLINT: what moving leaves
        EXPECT_EQ(first.native_handle(), -1);
        const std::error_code code = co_await code_of(read_byte(first));
        EXPECT_EQ(code, patio::errc::closed);
        EXPECT_EQ(second.path(), path);
        const int old = second.native_handle();
        second = co_await file::open(path);
        EXPECT_EQ(::fcntl(old, F_GETFD), -1);
        const std::string all = co_await second.read_all();
        EXPECT_EQ(all, "x");
    });
}

// --- lines

TEST_P(files, are_read_by_lines) {
    const std::string path = scratch_.make("a", "one\ntwo\r\n\n\r\nlast");
    run([&]() -> async<> {
        file source = co_await file::open(path);
        std::vector<std::string> found;
        std::vector<std::uint64_t> positions;
        auto all = source.lines();
        while (auto line = co_await all.next()) {
            found.push_back(std::move(*line));
            positions.push_back(source.position());
        }
        EXPECT_EQ(found, (std::vector<std::string>{"one", "two", "", "", "last"}));
        EXPECT_EQ(positions, (std::vector<std::uint64_t>{4, 9, 10, 12, 16}));
    });
}

TEST_P(files, give_lines_that_cross_the_blocks_in_which_they_are_read) {
    std::string content;
    std::vector<std::string> expected;
    for (std::size_t i = 0; i < 4'000; ++i) {
        expected.push_back(pattern(i % 200));
        content += expected.back() + "\n";
    }
    const std::string path = scratch_.make("a", content);
    run([&]() -> async<> {
        file source = co_await file::open(path);
        std::vector<std::string> found;
        auto all = source.lines();
        while (auto line = co_await all.next())
            found.push_back(std::move(*line));
        EXPECT_EQ(found, expected);
    });
}

TEST_P(files, go_on_behind_the_last_line_whatever_was_read_ahead) {
    const std::string path = scratch_.make("a", "one\ntwo\nthree\nfour\n");
    run([&]() -> async<> {
        file source = co_await file::open(path);
        auto all = source.lines();
        auto line = co_await all.next();
        EXPECT_EQ(*line, "one");
        const std::string bytes = co_await source.read_some(4);
        EXPECT_EQ(bytes, "two\n");
        line = co_await all.next();
        EXPECT_EQ(*line, "three");
        source.seek(0);
        line = co_await all.next();
        EXPECT_EQ(*line, "one");
    });
}

TEST_P(files, refuse_lines_that_are_too_long) {
    const std::string path = scratch_.make("a", "short\n" + pattern(100'000) + "\n");
    run([&]() -> async<> {
        file source = co_await file::open(path);
        auto all = source.lines(1000);
        auto line = co_await all.next();
        EXPECT_EQ(*line, "short");
        const auto read = [&]() -> async<> { static_cast<void>(co_await all.next()); };
        const std::string failure = co_await failure_of(read());
        EXPECT_NE(failure.find("line_bytes_max"), std::string::npos) << failure;
        EXPECT_EQ(source.position(), 6U);
    });
}

TEST(files_in_virtual_time, work_on_threads) {
    const scratch_directory scratch;
    const std::string path = scratch.make("a", "hello");
    const std::string all = patio::testing::run([&]() -> async<std::string> {
        file source = co_await file::open(path);
        const std::string text = co_await source.read_all();
        co_await source.close();
        co_return text;
    });
    EXPECT_EQ(all, "hello");
}

}  // namespace
