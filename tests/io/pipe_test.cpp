// SPDX-License-Identifier: MIT

#include <patio/io/pipe.hpp>

#include "support/drivers.hpp"

#include <patio/patio.hpp>
#include <patio/testing/run.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::stream;

class pipes : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(pipes);

/// Awaits an operation that must fail with this code.
template <class Operation, class Code>
patio::async<std::string> expect_failure(Operation operation, Code code) {
    std::string text;
    try {
        co_await std::move(operation);
        ADD_FAILURE() << "it has succeeded";
    } catch (const patio::error& e) {  // the expected way
        EXPECT_EQ(e.code(), code) << e.what();
        text = e.what();
    }
    co_return text;
}

TEST_P(pipes, carry_bytes_to_the_end_that_the_writer_makes) {
    const auto main = []() -> patio::async<> {
        patio::pipe_ends pipe = patio::make_pipe();
        co_await pipe.writer.write("one\ntwo\n");
        co_await pipe.writer.write("three");
        co_await pipe.writer.shutdown();
        for (const std::string expected : {"one", "two", "three"}) {
            const auto line = co_await pipe.reader.read_line();
            EXPECT_EQ(line, expected);
        }
        const auto end = co_await pipe.reader.read_line();
        EXPECT_FALSE(end.has_value());
    };
    patio::run(main(), options());
}

patio::async<> write_and_end(stream& to, const std::string& text) {
    co_await to.write(text);
    co_await to.close();
}

TEST_P(pipes, slow_their_writer_down_and_lose_nothing) {
    const auto main = []() -> patio::async<> {
        patio::pipe_ends pipe = patio::make_pipe();
        std::string sent(3'000'000, 'x');
        for (std::size_t i = 0; i < sent.size(); ++i)
            sent[i] = static_cast<char>('a' + i % 23);
        const auto [ignored, received] =
            co_await patio::gather(write_and_end(pipe.writer, sent), pipe.reader.read_all());
        EXPECT_TRUE(received == sent);
    };
    patio::run(main(), options());
}

TEST_P(pipes, write_several_pieces_in_order) {
    const auto main = []() -> patio::async<> {
        patio::pipe_ends pipe = patio::make_pipe();
        co_await pipe.writer.write("a", "", "bc", "d");
        const std::string text = co_await pipe.reader.read_exactly(4);
        EXPECT_EQ(text, "abcd");
    };
    patio::run(main(), options());
}

TEST_P(pipes, say_which_direction_they_have_not_got) {
    const auto main = []() -> patio::async<> {
        patio::pipe_ends pipe = patio::make_pipe();
        const auto reading =
            co_await expect_failure(pipe.writer.read_some(10), patio::errc::unsupported);
        EXPECT_NE(reading.find("reading from a stream that can only be written to"),
                  std::string::npos);
        const auto writing =
            co_await expect_failure(pipe.reader.write("x"), patio::errc::unsupported);
        EXPECT_NE(writing.find("writing to a stream that can only be read"), std::string::npos);
        co_await expect_failure(pipe.reader.shutdown(), patio::errc::unsupported);
    };
    patio::run(main(), options());
}

TEST_P(pipes, that_nobody_reads_fail_their_writer_and_not_the_program) {
    const auto main = []() -> patio::async<> {
        patio::pipe_ends pipe = patio::make_pipe();
        pipe.reader.abort();
        co_await expect_failure(pipe.writer.write("x"), std::errc::broken_pipe);
    };
    patio::run(main(), options());
}

TEST_P(pipes, wake_a_writer_whose_reader_goes) {
    const auto main = []() -> patio::async<> {
        patio::pipe_ends pipe = patio::make_pipe();
        const std::string much(1'000'000, 'x');
        auto writing = patio::create_task(pipe.writer.write(much));
        co_await patio::sleep(1ms);
        EXPECT_FALSE(writing.done());
        pipe.reader.abort();
        co_await expect_failure(std::move(writing), std::errc::broken_pipe);
    };
    patio::run(main(), options());
}

TEST_P(pipes, lose_nothing_when_reading_is_cancelled) {
    const auto main = []() -> patio::async<> {
        patio::pipe_ends pipe = patio::make_pipe();
        const auto before = co_await patio::move_on_after(100us, pipe.reader.read_line());
        EXPECT_FALSE(before.has_value());
        co_await pipe.writer.write("kept");
        const auto half = co_await patio::move_on_after(100us, pipe.reader.read_line());
        EXPECT_FALSE(half.has_value());
        co_await pipe.writer.write(" whole\n");
        const auto line = co_await pipe.reader.read_line();
        EXPECT_EQ(line, "kept whole");
    };
    patio::run(main(), options());
}

TEST_P(pipes, tell_who_waits_that_they_are_closed) {
    const auto main = []() -> patio::async<> {
        patio::pipe_ends pipe = patio::make_pipe();
        auto reading = patio::create_task(pipe.reader.read_some(10));
        co_await patio::yield();
        co_await pipe.reader.close();
        co_await expect_failure(std::move(reading), patio::errc::closed);

        auto other = std::make_unique<patio::pipe_ends>(patio::make_pipe());
        auto orphan = patio::create_task(other->reader.read_some(10));
        co_await patio::yield();
        other.reset();
        co_await expect_failure(std::move(orphan), patio::errc::closed);
    };
    patio::run(main(), options());
}

TEST_P(pipes, know_their_descriptor) {
    const auto main = []() -> patio::async<> {
        patio::pipe_ends pipe = patio::make_pipe();
        EXPECT_EQ(::write(pipe.writer.native_handle(), "raw", 3), 3);
        const std::string text = co_await pipe.reader.read_some(10);
        EXPECT_EQ(text, "raw");
        EXPECT_NE(::fcntl(pipe.reader.native_handle(), F_GETFD) & FD_CLOEXEC, 0);
    };
    patio::run(main(), options());
}

TEST_P(pipes, are_made_of_descriptors_that_exist) {
    const auto main = []() -> patio::async<> {
        int ends[2];
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        stream reader = patio::connect_read_pipe(ends[0]);
        stream writer = patio::connect_write_pipe(ends[1]);
        auto reading = patio::create_task(reader.read_line());
        co_await patio::sleep(100us);
        co_await writer.write("hello\n");
        const std::optional<std::string> line = co_await reading;
        EXPECT_EQ(line, "hello");
        try {
            const stream none = patio::connect_read_pipe(-1);
            ADD_FAILURE() << "a stream of nothing";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::bad_file_descriptor);
        }
    };
    patio::run(main(), options());
}

TEST(pipes_elsewhere, need_a_running_loop_that_can_wait_for_files) {
    const patio::test_support::no_descriptor_leak descriptors;
    EXPECT_THROW(static_cast<void>(patio::make_pipe()), patio::usage_error);
    const auto main = []() -> patio::async<> {
        EXPECT_THROW(static_cast<void>(patio::make_pipe()), patio::usage_error);
        co_return;
    };
    patio::testing::run(main());
}

}  // namespace
