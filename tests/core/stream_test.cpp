// SPDX-License-Identifier: MIT

#include <patio/core/stream.hpp>

#include <patio/core/core.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/memory_stream.hpp>
#include <patio/testing/run.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using patio::stream;
using patio::testing::memory_options;
using patio::testing::memory_streams;

using text = std::optional<std::string>;

/// A stream from which `all` comes, and then the end, in pieces of `slice_bytes`.
patio::async<stream> incoming(std::string all, std::size_t slice_bytes = 1'000'000,
                              std::size_t line_bytes_max = 64) {
    auto pair = memory_streams(memory_options{}.slice_bytes(slice_bytes));
    co_await pair.first.write(all);
    co_await pair.first.shutdown();
    std::string unread;
    auto limits = patio::stream_limits{}.line_bytes_max(line_bytes_max).all_bytes_max(100);
    stream limited{pair.second.release(unread), limits};
    // The other end must live, or reading would end early.
    patio::create_task(
        [](stream kept) -> patio::async<> {
            const stream other = std::move(kept);
            co_await patio::sleep(1h);
        },
        std::move(pair.first));
    co_return limited;
}

/// Expects that `make()` fails with this code.
template <class F>
patio::async<> expect_failure(F make, patio::errc code) {
    try {
        co_await make();
        ADD_FAILURE() << "it did not fail";
    } catch (const patio::error& e) {  // the expected way
        EXPECT_EQ(e.code(), code) << e.what();
    }
}

// --- reading

TEST(stream, reads_lines_however_they_are_cut) {
    for (const std::size_t slice : {1U, 2U, 3U, 1000U}) {
        patio::testing::run([&]() -> patio::async<> {
            stream source = co_await incoming("one\ntwo\r\n\n\r\nlast", slice);
            for (const char* expected : {"one", "two", "", "", "last"}) {
                const text line = co_await source.read_line();
                EXPECT_EQ(line, expected) << "in pieces of " << slice;
            }
            const text end = co_await source.read_line();
            EXPECT_FALSE(end.has_value());
            const text still = co_await source.read_line();
            EXPECT_FALSE(still.has_value());
        });
    }
}

TEST(stream, gives_its_lines_as_a_sequence) {
    patio::testing::run([]() -> patio::async<> {
        stream source = co_await incoming("a\nb\nc");
        std::string all;
        auto lines = source.lines();
        while (auto line = co_await lines.next())
            all += *line + ";";
        EXPECT_EQ(all, "a;b;c;");
    });
}

TEST(stream, reads_up_to_a_separator_however_it_is_cut) {
    for (const std::size_t slice : {1U, 2U, 3U, 5U, 1000U}) {
        patio::testing::run([&]() -> patio::async<> {
            stream source = co_await incoming("head\r\n\r\r\n\r\nbody\r\n\r\n", slice);
            text part = co_await source.read_until("\r\n\r\n");
            EXPECT_EQ(part, "head\r\n\r\r\n\r\n") << "in pieces of " << slice;
            part = co_await source.read_until("\r\n\r\n");
            EXPECT_EQ(part, "body\r\n\r\n");
            part = co_await source.read_until("\r\n\r\n");
            EXPECT_FALSE(part.has_value());
        });
    }
}

TEST(stream, tells_that_it_ended_before_the_separator_and_keeps_what_came) {
    patio::testing::run([]() -> patio::async<> {
        stream source = co_await incoming("half");
        co_await expect_failure([&] { return source.read_until("\n\n"); },
                                patio::errc::end_of_stream);
        const std::string rest = co_await source.read_all();
        EXPECT_EQ(rest, "half");
    });
}

TEST(stream, refuses_an_empty_separator) {
    patio::testing::run([]() -> patio::async<> {
        stream source = co_await incoming("x");
        try {
            co_await source.read_until("");
            ADD_FAILURE() << "nothing was found everywhere";
        } catch (const patio::usage_error&) {  // the expected way
        }
    });
}

TEST(stream, takes_lines_up_to_its_limit_and_loses_nothing_of_longer_ones) {
    for (const std::size_t slice : {1U, 7U, 1000U}) {
        patio::testing::run([&]() -> patio::async<> {
            const std::string fits = std::string(9, 'x') + "\n";
            const std::string exceeds = std::string(10, 'y') + "\n";
            stream source = co_await incoming(fits + exceeds, slice, 10);
            const text line = co_await source.read_line();
            EXPECT_EQ(line, std::string(9, 'x'));
            try {
                co_await source.read_line();
                ADD_FAILURE() << "a line of 11 bytes passed a limit of 10";
            } catch (const patio::limit_exceeded& e) {  // the expected way
                EXPECT_STREQ(e.name(), "line_bytes_max");
                EXPECT_EQ(e.limit(), 10U);
                EXPECT_EQ(e.code(), patio::errc::limit_exceeded);
                EXPECT_NE(std::string{e.what()}.find("line_bytes_max = 10"), std::string::npos);
            }
            const std::string rest = co_await source.read_all();
            EXPECT_EQ(rest, exceeds);
        });
    }
}

TEST(stream, reads_counts_of_bytes_and_keeps_the_others) {
    for (const std::size_t slice : {1U, 3U, 1000U}) {
        patio::testing::run([&]() -> patio::async<> {
            stream source = co_await incoming("abcdefgh", slice);
            std::string part = co_await source.read_exactly(3);
            EXPECT_EQ(part, "abc");
            char buffer[2];
            co_await source.read_exactly(buffer);
            EXPECT_EQ(std::string(buffer, 2), "de");
            part = co_await source.read_exactly(0);
            EXPECT_EQ(part, "");
            co_await expect_failure([&] { return source.read_exactly(std::size_t{4}); },
                                    patio::errc::end_of_stream);
            part = co_await source.read_all();
            EXPECT_EQ(part, "fgh") << "what came before the end is still there";
        });
    }
}

TEST(stream, reads_what_there_is) {
    patio::testing::run([]() -> patio::async<> {
        stream source = co_await incoming("abcdef");
        std::string part = co_await source.read_some(4);
        EXPECT_EQ(part, "abcd");
        char buffer[8];
        std::size_t count = co_await source.read_some(buffer);
        EXPECT_EQ(std::string(buffer, count), "ef");
        count = co_await source.read_some(buffer);
        EXPECT_EQ(count, 0U);
        part = co_await source.read_some(4);
        EXPECT_EQ(part, "");
    });
}

TEST(stream, has_a_limit_to_reading_all) {
    patio::testing::run([]() -> patio::async<> {
        stream fits = co_await incoming(std::string(100, 'x'));
        const std::string all = co_await fits.read_all();
        EXPECT_EQ(all.size(), 100U);
        stream exceeds = co_await incoming(std::string(101, 'x'));
        co_await expect_failure([&] { return exceeds.read_all(); }, patio::errc::limit_exceeded);
    });
}

TEST(stream, shows_what_is_buffered) {
    patio::testing::run([]() -> patio::async<> {
        stream source = co_await incoming("line\nrest");
        EXPECT_TRUE(source.buffered().empty());
        co_await source.read_line();
        EXPECT_EQ(source.buffered().size(), 4U);
        source.consume(2);
        const std::string rest = co_await source.read_all();
        EXPECT_EQ(rest, "st");
    });
}

// --- writing

TEST(stream, writes_several_pieces_as_one) {
    patio::testing::run([]() -> patio::async<> {
        auto [ours, theirs] = memory_streams();
        const std::string name = "patio";
        const std::vector<char> ending{'!', '\n'};
        co_await ours.write("hello, ", name, ending);
        co_await ours.write("");
        co_await ours.shutdown();
        const std::string all = co_await theirs.read_all();
        EXPECT_EQ(all, "hello, patio!\n");
    });
}

TEST(stream, makes_writers_wait_for_a_slow_reader) {
    patio::testing::run([]() -> patio::async<> {
        auto [ours, theirs] = memory_streams(memory_options{}.buffer_bytes(4));
        auto writing = patio::create_task(ours.write("abcdefgh"));
        co_await patio::sleep(1s);
        EXPECT_FALSE(writing.done());
        std::string part = co_await theirs.read_exactly(4);
        EXPECT_EQ(part, "abcd");
        part = co_await theirs.read_exactly(4);
        EXPECT_EQ(part, "efgh");
        co_await writing;
    });
}

TEST(stream, goes_on_reading_after_its_own_end) {
    patio::testing::run([]() -> patio::async<> {
        auto [ours, theirs] = memory_streams();
        co_await ours.write("question");
        co_await ours.shutdown();
        const std::string question = co_await theirs.read_all();
        EXPECT_EQ(question, "question");
        co_await theirs.write("answer");
        co_await theirs.close();
        const std::string answer = co_await ours.read_all();
        EXPECT_EQ(answer, "answer");
    });
}

// --- two tasks

/// Expects a usage_error that says `words`.
template <class F>
patio::async<> expect_refusal(F make, const char* words) {
    try {
        co_await make();
        ADD_FAILURE() << "a second task was let in";
    } catch (const patio::usage_error& e) {  // the expected way
        EXPECT_NE(std::string{e.what()}.find(words), std::string::npos) << e.what();
    }
}

TEST(stream, may_be_read_and_written_at_once) {
    patio::testing::run([]() -> patio::async<> {
        auto [ours, theirs] = memory_streams(memory_options{}.buffer_bytes(1));
        auto reading = patio::create_task(ours.read_line());
        auto writing = patio::create_task(ours.write("ping\n"));
        const text ping = co_await theirs.read_line();
        EXPECT_EQ(ping, "ping");
        co_await theirs.write("pong\n");
        co_await writing;
        const text pong = co_await std::move(reading);
        EXPECT_EQ(pong, "pong");
    });
}

TEST(stream, refuses_a_second_reader_and_goes_on_with_the_first) {
    // The name of the origin: test_io.test_double_read.
    patio::testing::run([]() -> patio::async<> {
        auto [ours, theirs] = memory_streams();
        auto first = patio::create_task(ours.read_line());
        co_await patio::yield();
        co_await expect_refusal([&] { return ours.read_line(); }, "two tasks read");
        co_await expect_refusal([&] { return ours.read_all(); }, "two tasks read");
        co_await theirs.write("still\n");
        const text line = co_await std::move(first);
        EXPECT_EQ(line, "still");
    });
}

TEST(stream, refuses_a_second_writer_and_goes_on_with_the_first) {
    patio::testing::run([]() -> patio::async<> {
        auto [ours, theirs] = memory_streams(memory_options{}.buffer_bytes(1));
        auto first = patio::create_task(ours.write("whole\n"));
        co_await patio::yield();
        co_await expect_refusal([&] { return ours.write("mixed"); }, "two tasks write");
        co_await expect_refusal([&] { return ours.shutdown(); }, "two tasks write");
        const text line = co_await theirs.read_line();
        EXPECT_EQ(line, "whole");
        co_await first;
    });
}

// --- the end

TEST(stream, tells_a_reader_that_it_was_closed_under_it) {
    // The name of the origin: test_io.test_interrupted_by_close.
    for (const int way : {0, 1, 2}) {
        patio::testing::run([&]() -> patio::async<> {
            auto pair = memory_streams();
            auto ours = std::make_unique<stream>(std::move(pair.first));
            auto reading = patio::create_task(ours->read_line());
            co_await patio::yield();
            if (way == 0) co_await ours->close();
            if (way == 1) ours->abort();
            if (way == 2) ours.reset();
            co_await expect_failure([&] { return std::move(reading); }, patio::errc::closed);
        });
    }
}

TEST(stream, tells_a_writer_that_it_was_closed_under_it) {
    for (const int way : {0, 1, 2}) {
        patio::testing::run([&]() -> patio::async<> {
            auto pair = memory_streams(memory_options{}.buffer_bytes(1));
            auto ours = std::make_unique<stream>(std::move(pair.first));
            auto writing = patio::create_task(ours->write("never all of it"));
            co_await patio::yield();
            if (way == 0) co_await ours->close();
            if (way == 1) ours->abort();
            if (way == 2) ours.reset();
            co_await expect_failure([&] { return std::move(writing); }, patio::errc::closed);
        });
    }
}

TEST(stream, that_is_closed_says_so) {
    patio::testing::run([]() -> patio::async<> {
        auto [ours, theirs] = memory_streams();
        EXPECT_FALSE(ours.is_closed());
        co_await ours.close();
        EXPECT_TRUE(ours.is_closed());
        EXPECT_EQ(ours.carrier(), nullptr);
        EXPECT_EQ(ours.native_handle(), -1);
        co_await ours.close();  // nothing to do
        co_await expect_failure([&] { return ours.read_line(); }, patio::errc::closed);
        co_await expect_failure([&] { return ours.write("x"); }, patio::errc::closed);
        stream none;
        EXPECT_TRUE(none.is_closed());
        co_await none.close();
        co_await expect_failure([&] { return none.read_all(); }, patio::errc::closed);
    });
}

TEST(stream, ends_its_peer_when_it_is_destroyed_or_assigned_to) {
    patio::testing::run([]() -> patio::async<> {
        auto first = memory_streams();
        auto second = memory_streams();
        first.first = std::move(second.first);
        const std::string end = co_await first.second.read_all();
        EXPECT_EQ(end, "");
        co_await first.first.write("moved\n");
        const text line = co_await second.second.read_line();
        EXPECT_EQ(line, "moved");
    });
}

TEST(stream, gives_its_transport_away_with_what_was_not_read) {
    patio::testing::run([]() -> patio::async<> {
        stream source = co_await incoming("line\nrest");
        co_await source.read_line();
        std::string unread;
        const auto carrier = source.release(unread);
        EXPECT_EQ(unread, "rest");
        EXPECT_NE(carrier, nullptr);
        EXPECT_TRUE(source.is_closed());
    });
}

TEST(stream, keeps_its_transport_while_a_task_uses_it) {
    patio::testing::run([]() -> patio::async<> {
        auto [ours, theirs] = memory_streams();
        auto reading = patio::create_task(ours.read_line());
        co_await patio::yield();
        std::string unread;
        EXPECT_THROW(static_cast<void>(ours.release(unread)), patio::usage_error);
        reading.cancel();
        co_await patio::yield();
        EXPECT_NO_THROW(static_cast<void>(ours.release(unread)));
    });
}

// --- cancellation

TEST(stream, loses_no_byte_to_cancelled_reads) {
    const auto body = [](patio::testing::probe& probe) -> patio::async<> {
        auto pair = memory_streams(memory_options{}.slice_bytes(1).latency(1s));
        stream& source = pair.second;
        co_await pair.first.write("abcdef");
        co_await pair.first.shutdown();
        char buffer[4];
        co_await probe.cancelled(source.read_exactly(buffer));
        const std::string rest = co_await source.read_all();
        const std::string read = probe.was_cancelled() ? "" : std::string(buffer, 4);
        EXPECT_EQ(read + rest, "abcdef");
    };
    EXPECT_GT(patio::testing::cancel_everywhere(body), 3U);
}

TEST(stream, loses_no_byte_to_cancelled_lines) {
    const auto body = [](patio::testing::probe& probe) -> patio::async<> {
        auto pair = memory_streams(memory_options{}.slice_bytes(1).latency(1s));
        stream& source = pair.second;
        co_await pair.first.write("ab\ncd");
        co_await pair.first.shutdown();
        co_await probe.cancelled(source.read_line());
        const std::string rest = co_await source.read_all();
        EXPECT_EQ(rest, probe.was_cancelled() ? "ab\ncd" : "cd");
    };
    EXPECT_GT(patio::testing::cancel_everywhere(body), 3U);
}

TEST(stream, lets_a_writer_go_on_after_a_cancelled_one) {
    const auto body = [](patio::testing::probe& probe) -> patio::async<> {
        auto pair = memory_streams(memory_options{}.buffer_bytes(1).latency(1s));
        auto reading = patio::create_task(pair.second.read_line());
        co_await probe.cancelled(pair.first.write("abc"));
        co_await pair.first.write("\n");
        const text line = co_await std::move(reading);
        EXPECT_TRUE(line.has_value() && std::string{"abc"}.starts_with(*line)) << *line;
        EXPECT_TRUE(probe.was_cancelled() || line == "abc");
    };
    EXPECT_GT(patio::testing::cancel_everywhere(body), 3U);
}

TEST(stream, tells_its_limits_to_who_puts_another_one_in_its_place) {
    patio::testing::run([]() -> patio::async<> {
        patio::testing::stream_pair pair = memory_streams();
        std::string unread;
        const auto limits = patio::stream_limits{}.line_bytes_max(3);
        stream limited{pair.second.release(unread), limits};
        stream same{limited.release(unread), limited.limits()};
        co_await pair.first.write("abcdef\n");
        try {
            const auto line = co_await same.read_line();
            ADD_FAILURE() << *line;
        } catch (const patio::limit_exceeded& failure) {
            EXPECT_EQ(failure.limit(), 3U);
        }
    });
}

// --- putting back

TEST(stream, reads_first_what_was_put_back) {
    const auto main = []() -> patio::async<> {
        stream source = co_await incoming("lo\nnext\n");
        source.put_back("hel");
        const text first = co_await source.read_line();
        EXPECT_EQ(first, "hello");
        source.put_back("in front\n");  // of what is buffered
        const text second = co_await source.read_line();
        const text third = co_await source.read_line();
        EXPECT_EQ(second, "in front");
        EXPECT_EQ(third, "next");
    };
    patio::testing::run(main());
}

TEST(stream, puts_nothing_back_into_one_that_is_closed) {
    stream closed;
    EXPECT_THROW(closed.put_back("x"), patio::error);
}

}  // namespace
