// SPDX-License-Identifier: MIT
// label: threads

// Files that are used by several tasks, closed, destroyed or cancelled while a task waits.

#include <patio/io/file.hpp>

#include "support/file_suite.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using namespace patio::test_support;
using patio::async;
using patio::file;
using patio::file_mode;

class used_files : public file_suite {};
PATIO_TEST_ON_EACH_DRIVER(used_files);

// --- two at once

TEST_P(used_files, diagnose_two_tasks_that_use_the_position) {
    const std::string fifo = make_fifo();
    run([&]() -> async<> {
        file source = co_await file::open(fifo, file_mode::read_write);
        auto reading = patio::create_task(source.read_some(10));
        co_await patio::yield();
        const std::string failure = co_await failure_of(read_byte(source));
        EXPECT_NE(failure.find("two tasks"), std::string::npos) << failure;
        EXPECT_THROW(source.seek(0), patio::usage_error);
        co_await source.pwrite("hello", 0);  // uses no position
        const std::string text = co_await reading;
        EXPECT_EQ(text, "hello");
    });
}

// --- closing

TEST_P(used_files, that_are_closed_refuse_everything) {
    const std::string path = scratch_.make("a", "x");
    run([&]() -> async<> {
        file source = co_await file::open(path, file_mode::read_write);
        const int number = source.native_handle();
        co_await source.close();
        EXPECT_EQ(::fcntl(number, F_GETFD), -1);
        EXPECT_TRUE(source.is_closed());
        EXPECT_EQ(source.path(), "");
        std::error_code code = co_await code_of(read_byte(source));
        EXPECT_EQ(code, patio::errc::closed);
        code = co_await code_of(source.pwrite("x", 0));
        EXPECT_EQ(code, patio::errc::closed);
        code = co_await code_of(source.sync());
        EXPECT_EQ(code, patio::errc::closed);
        EXPECT_THROW(source.seek(0), patio::error);
        co_await source.close();  // a second time is nothing
        file never;
        co_await never.close();
        code = co_await code_of(read_byte(never));
        EXPECT_EQ(code, patio::errc::closed);
    });
}

TEST_P(used_files, that_are_destroyed_while_a_task_reads_stay_open_until_it_has_ended) {
    const std::string fifo = make_fifo();
    run([&]() -> async<> {
        std::optional<file> source = co_await file::open(fifo, file_mode::read_write);
        const plain_descriptor other{fifo, O_RDWR};
        auto reading = patio::create_task(code_of(read_byte(*source)));
        co_await patio::sleep(1ms);
        const int number = source->native_handle();
        source.reset();
        EXPECT_NE(::fcntl(number, F_GETFD), -1);
        other.put("x");
        const std::error_code code = co_await reading;
        EXPECT_EQ(code, patio::errc::closed);
        EXPECT_EQ(::fcntl(number, F_GETFD), -1);
    });
}

TEST_P(used_files, that_are_closed_while_a_task_reads_wait_for_it) {
    const std::string fifo = make_fifo();
    run([&]() -> async<> {
        file source = co_await file::open(fifo, file_mode::read_write);
        const plain_descriptor other{fifo, O_RDWR};
        auto reading = patio::create_task(code_of(read_byte(source)));
        co_await patio::sleep(1ms);
        auto closing = patio::create_task(source.close());
        co_await patio::sleep(1ms);
        EXPECT_FALSE(closing.done());
        EXPECT_TRUE(source.is_closed());
        other.put("x");
        co_await closing;
        const std::error_code code = co_await reading;
        EXPECT_EQ(code, patio::errc::closed);
    });
}

TEST_P(used_files, whose_closing_is_cancelled_are_closed_by_the_last_reader) {
    const std::string fifo = make_fifo();
    run([&]() -> async<> {
        file source = co_await file::open(fifo, file_mode::read_write);
        const plain_descriptor other{fifo, O_RDWR};
        const int number = source.native_handle();
        auto reading = patio::create_task(code_of(read_byte(source)));
        co_await patio::sleep(1ms);
        const bool was_closed = co_await patio::move_on_after(1ms, source.close());
        EXPECT_FALSE(was_closed);
        EXPECT_NE(::fcntl(number, F_GETFD), -1);
        other.put("x");
        const std::error_code code = co_await reading;
        EXPECT_EQ(code, patio::errc::closed);
        EXPECT_EQ(::fcntl(number, F_GETFD), -1);
    });
}

TEST_P(used_files, are_closed_wherever_their_closing_is_cancelled) {
    const std::string path = scratch_.make("a", "x");
    run([&]() -> async<> {
        for (int turns = 0; turns < 2'000; turns += turns / 4 + 1) {
            file source = co_await file::open(path);
            const int number = source.native_handle();
            auto closing = patio::create_task(source.close());
            for (int i = 0; i < turns; ++i)
                co_await patio::yield();
            closing.cancel();
            co_await settle(closing);
            EXPECT_EQ(::fcntl(number, F_GETFD), -1) << turns;
        }
    });
}

TEST_P(used_files, that_are_gone_give_no_more_lines) {
    const std::string path = scratch_.make("a", "one\ntwo\n");
    run([&]() -> async<> {
        std::optional<file> source = co_await file::open(path);
        const int number = source->native_handle();
        auto all = source->lines();
        const auto line = co_await all.next();
        EXPECT_EQ(*line, "one");
        source.reset();
        EXPECT_EQ(::fcntl(number, F_GETFD), -1);
        const auto read = [&]() -> async<> { static_cast<void>(co_await all.next()); };
        const std::error_code code = co_await code_of(read());
        EXPECT_EQ(code, patio::errc::closed);
    });
}

// --- cancellation

TEST_P(used_files, lose_nothing_when_a_read_is_cancelled_before_it_began) {
    const std::string path = scratch_.make("a", "hello");
    run([&]() -> async<> {
        file source = co_await file::open(path);
        auto reading = patio::create_task(source.read_some(5));
        reading.cancel();
        co_await settle(reading);
        EXPECT_EQ(source.position(), reading.cancelled() ? 0U : 5U);
        source.seek(0);
        const std::string all = co_await source.read_all();
        EXPECT_EQ(all, "hello");
    });
}

TEST_P(used_files, deliver_what_a_cancelled_read_has_got_and_else_leave_it_there) {
    const std::string fifo = make_fifo();
    run([&]() -> async<> {
        file source = co_await file::open(fifo, file_mode::read_write);
        const plain_descriptor other{fifo, O_RDWR};
        std::string got;
        const auto read = [&]() -> async<> { got = co_await source.read_some(10); };
        auto reading = patio::create_task(read());
        co_await until_it_waits();
        reading.cancel();
        co_await patio::yield();
        // A ring lets go of it; a thread cannot, and its memory must stay until it has.
        EXPECT_TRUE(is_uring() || !reading.done());
        other.put("hello");
        co_await settle(reading);
        if (is_uring()) {
            EXPECT_TRUE(reading.cancelled());
            got = co_await source.read_some(10);
        }
        EXPECT_EQ(got, "hello");
    });
}

TEST_P(used_files, deliver_what_was_read_when_the_cancellation_comes_after) {
    const std::string fifo = make_fifo();
    run([&]() -> async<> {
        file source = co_await file::open(fifo, file_mode::read_write);
        const plain_descriptor other{fifo, O_RDWR};
        std::string got;
        const auto read = [&]() -> async<> {
            got = co_await source.read_some(10);
            co_await patio::sleep(1h);
        };
        auto reading = patio::create_task(read());
        co_await patio::sleep(1ms);
        other.put("hello");
        while (got.empty())
            co_await patio::yield();
        reading.cancel();
        co_await settle(reading);
        EXPECT_EQ(got, "hello");
    });
}

TEST_P(used_files, that_are_fifos_are_opened_without_waiting_for_another_process) {
    const std::string fifo = make_fifo();
    run([&]() -> async<> {
        std::error_code code = co_await code_of(open_and_close(fifo, file_mode::append));
        EXPECT_EQ(code, std::errc::no_such_device_or_address);
        file reader = co_await file::open(fifo);
        EXPECT_EQ(::fcntl(reader.native_handle(), F_GETFL) & O_NONBLOCK, 0);
        file writer = co_await file::open(fifo, file_mode::append);
        EXPECT_EQ(::fcntl(writer.native_handle(), F_GETFL) & (O_NONBLOCK | O_APPEND), O_APPEND);
        co_await writer.write("hello");
        const std::string got = co_await reader.read_some(10);
        EXPECT_EQ(got, "hello");
        EXPECT_EQ(reader.position(), 5U);
    });
}

TEST_P(used_files, leave_no_descriptor_wherever_their_opening_is_cancelled) {
    const std::string path = scratch_ / "a";
    run([&]() -> async<> {
        const std::size_t before = descriptor_count();
        for (int turns = 0; turns < 2'000; turns += turns / 4 + 1) {
            auto opening = patio::create_task(open_and_close(path, file_mode::write));
            for (int i = 0; i < turns; ++i)
                co_await patio::yield();
            opening.cancel();
            co_await settle(opening);
        }
        EXPECT_EQ(descriptor_count(), before);
    });
}

TEST_P(used_files, go_on_when_a_signal_interrupts_their_thread) {
    const std::string fifo = make_fifo();
    struct sigaction action{};
    struct sigaction before{};
    action.sa_handler = [](int) {};  // and no SA_RESTART
    ASSERT_EQ(::sigaction(SIGUSR1, &action, &before), 0);
    run([&]() -> async<> {
        file source = co_await file::open(fifo, file_mode::read_write);
        const plain_descriptor other{fifo, O_RDWR};
        auto reading = patio::create_task(source.read_some(10));
        for (int i = 0; i < 5; ++i) {
            co_await until_it_waits();
            for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/task"}) {
                const int thread = std::stoi(entry.path().filename().string());
                if (thread != ::getpid()) ::syscall(SYS_tgkill, ::getpid(), thread, SIGUSR1);
            }
        }
        other.put("hello");
        const std::string got = co_await reading;
        EXPECT_EQ(got, "hello");
    });
    ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_P(used_files, that_are_always_ready_let_others_run) {
    const std::string path = scratch_.make("a", "x");
    run([&]() -> async<> {
        file source = co_await file::open(path);
        bool is_over = false;
        const auto read = [&]() -> async<> {
            char byte = 0;
            while (!is_over)
                static_cast<void>(co_await source.pread(patio::byte_span{&byte, 1}, 0));
        };
        auto reading = patio::create_task(read());
        co_await patio::sleep(1ms);
        is_over = true;
        co_await reading;
    });
}

TEST_P(used_files, that_are_always_ready_end_when_they_are_cancelled) {
    const std::string path = scratch_.make("a", "x");
    run([&]() -> async<> {
        file source = co_await file::open(path);
        const auto read = [&]() -> async<> {
            char byte = 0;
            for (;;)
                static_cast<void>(co_await source.pread(patio::byte_span{&byte, 1}, 0));
        };
        const bool has_ended = co_await patio::move_on_after(1ms, read());
        EXPECT_FALSE(has_ended);
    });
}

}  // namespace
