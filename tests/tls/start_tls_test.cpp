// SPDX-License-Identifier: MIT

// Encrypted streams: what happens on the way, and at the end of it.

#include <patio/tls/tls.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include "support/tls_pair.hpp"

#include <chrono>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::testing::break_off;
using patio::testing::break_off_after;
using patio::testing::memory_fault;
using patio::testing::memory_options;
using patio::testing::memory_streams;
using patio::testing::stream_pair;
using patio::tls::client_context;
using patio::tls::info_of;
using patio::tls::server_context;
using patio::tls::version;
using ::testing::HasSubstr;
using namespace patio::test_support;

std::string text_of(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t index = 0; index < size; ++index)
        text[index] = static_cast<char>('a' + index % 23);
    return text;
}

/// Sends `all` both ways at once and closes both ends.
async<> exchange(stream_pair& pair, std::string all) {
    auto send = [&](patio::stream& from) -> async<> {
        co_await from.write(all);
        co_await from.shutdown();
    };
    auto receive = [&](patio::stream& at) -> async<> {
        const std::string got = co_await at.read_all();
        EXPECT_TRUE(got == all) << got.size() << " bytes";
    };
    co_await patio::gather(send(pair.first), receive(pair.first), send(pair.second),
                           receive(pair.second));
    co_await close_both(pair);
}

// --- the way

TEST(start_tls, works_however_the_bytes_are_cut) {
    for (const version highest : {version::tls1_2, version::tls1_3}) {
        for (const std::size_t slice : {1U, 2U, 5U, 7U, 1000U}) {
            patio::testing::run([&]() -> async<> {
                stream_pair pair = memory_streams(memory_options{}.slice_bytes(slice));
                const auto client = trusting_client().maximum_version(highest);
                co_await start_both(pair, client, example_server());
                co_await exchange(pair, text_of(40'000));
            });
        }
    }
}

TEST(start_tls, sends_and_receives_at_once_through_a_narrow_line) {
    patio::testing::run([]() -> async<> {
        stream_pair pair =
            memory_streams(memory_options{}.buffer_bytes(1000).slice_bytes(64).latency(1ms));
        co_await start_both(pair, trusting_client(), example_server());
        co_await exchange(pair, text_of(100'000));
    });
}

TEST(start_tls, sends_many_megabytes) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await start_both(pair, trusting_client(), example_server());
        co_await exchange(pair, text_of(5'000'000));
    });
}

TEST(start_tls, puts_small_parts_into_one_record) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await start_both(pair, trusting_client(), example_server());
        co_await pair.first.write("GET / HTTP/1.1\r\n", "Host: x\r\n", "\r\n");
        const std::string all = co_await pair.second.read_some(1000);
        EXPECT_EQ(all, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    });
}

TEST(start_tls, sends_no_plain_text) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await start_both(pair, trusting_client(), example_server());
        co_await pair.first.write("secret secret secret");
        std::string wire(1000, '\0');
        auto reading = pair.second.carrier()->next_layer()->read_some(wire);
        const std::size_t count = co_await std::move(reading);
        EXPECT_GT(count, 20U);
        EXPECT_THAT(wire, ::testing::Not(HasSubstr("secret")));
    });
}

TEST(start_tls, begins_in_the_middle_of_a_plain_stream_in_place) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        auto client = [&]() -> async<> {
            co_await pair.first.write("STARTTLS\r\n");
            const auto answer = co_await pair.first.read_line();
            EXPECT_EQ(answer, "220 ready");
            const client_context context = trusting_client();
            co_await pair.first.start_tls(context, "example.org");
            co_await pair.first.write("EHLO\r\n");
            const auto line = co_await pair.first.read_line();
            EXPECT_EQ(line, "250 ok");
        };
        auto server = [&]() -> async<> {
            const auto command = co_await pair.second.read_line();
            EXPECT_EQ(command, "STARTTLS");
            co_await pair.second.write("220 ready\r\n");
            const server_context context = example_server();
            co_await pair.second.start_tls(context);
            const auto line = co_await pair.second.read_line();
            EXPECT_EQ(line, "EHLO");
            co_await pair.second.write("250 ok\r\n");
        };
        co_await patio::gather(client(), server());
        co_await close_both(pair);
    });
}

TEST(start_tls, takes_what_the_plain_stream_has_buffered) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        auto client = [&]() -> async<> {
            co_await pair.first.write("go\n");  // and the hello right behind it
            co_await trusting_client().start(pair.first, "example.org");
            co_await pair.first.write("hello\n");
        };
        auto server = [&]() -> async<> {
            co_await patio::sleep(1s);
            const auto command = co_await pair.second.read_line();
            EXPECT_EQ(command, "go");
            EXPECT_FALSE(pair.second.buffered().empty());
            co_await example_server().start(pair.second);
            const auto line = co_await pair.second.read_line();
            EXPECT_EQ(line, "hello");
        };
        co_await patio::gather(client(), server());
    });
}

TEST(start_tls, keeps_the_streams_limits) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        std::string unread;
        const auto limits = patio::stream_limits{}.line_bytes_max(3);
        pair.second = patio::stream{pair.second.release(unread), limits};
        co_await start_both(pair, trusting_client(), example_server());
        co_await pair.first.write("abcdef\n");
        const failure met = co_await failure_of(pair.second.read_line());
        EXPECT_EQ(met.code, patio::errc::limit_exceeded);
    });
}

TEST(start_tls, is_refused_while_a_task_uses_the_stream) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        auto read = [&]() -> async<> {
            const std::string word = co_await pair.first.read_some(10);
            EXPECT_EQ(word, "word");
        };
        auto start = [&]() -> async<> {
            try {
                co_await trusting_client().start(pair.first, "example.org");
                ADD_FAILURE() << "it did not fail";
            } catch (const patio::usage_error&) {  // the expected way
            }
            co_await pair.second.write("word");
        };
        co_await patio::gather(read(), start());
    });
}

TEST(start_tls, does_not_let_others_use_the_stream_before_the_handshake_has_ended) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        auto read = [&]() -> async<> {
            co_await patio::sleep(1s);
            try {
                co_await pair.first.read_some(1);
                ADD_FAILURE() << "it did not fail";
            } catch (const patio::usage_error&) {  // the expected way
            }
            EXPECT_FALSE(info_of(pair.first).has_value());
            co_await example_server().start(pair.second);
        };
        co_await patio::gather(trusting_client().start(pair.first, "example.org"), read());
    });
}

TEST(start_tls, works_inside_another_encryption) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams(memory_options{}.slice_bytes(100));
        co_await start_both(pair, trusting_client(), example_server());
        co_await pair.first.write("plain\n");
        const auto line = co_await pair.second.read_line();
        EXPECT_EQ(line, "plain");
        co_await start_both(pair, trusting_client(), example_server(), "www.example.org");
        EXPECT_EQ(info_of(pair.second)->server_name, "www.example.org");
        co_await exchange(pair, text_of(50'000));
    });
}

// --- the end

TEST(start_tls, says_goodbye_and_waits_for_the_answer) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await start_both(pair, trusting_client(), example_server());
        const auto start = patio::now();
        auto close = [&]() -> async<> {
            co_await pair.first.close();
            EXPECT_EQ(patio::now() - start, patio::duration{2s});
        };
        auto answer = [&]() -> async<> {
            const std::string end = co_await pair.second.read_some(10);
            EXPECT_EQ(end, "");
            co_await pair.second.write("too late, but not lost on the wire");
            co_await patio::sleep(2s);
            co_await pair.second.close();
        };
        co_await patio::gather(close(), answer());
    });
}

TEST(start_tls, waits_for_a_goodbye_only_for_its_time) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await start_both(pair, trusting_client(), example_server());
        const auto start = patio::now();
        co_await pair.first.close();
        EXPECT_EQ(patio::now() - start, patio::duration{30s});
        stream_pair other = memory_streams();
        co_await start_both(other, trusting_client().shutdown_timeout(3s), example_server());
        co_await other.first.close();
        EXPECT_EQ(patio::now() - start, patio::duration{33s});
    });
}

TEST(start_tls, says_so_if_what_was_written_cannot_be_sent_before_the_end) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams(memory_options{}.buffer_bytes(5000));
        co_await start_both(pair, trusting_client().shutdown_timeout(3s), example_server());
        co_await patio::move_on_after(1s, pair.first.write(text_of(20'000)));
        const failure met = co_await failure_of(pair.first.close());
        EXPECT_EQ(met.code, std::errc::timed_out);
        EXPECT_THAT(met.what, HasSubstr("sending what was written with example.org"));
    });
}

TEST(start_tls, half_closes) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await start_both(pair, trusting_client(), example_server());
        co_await pair.first.write("question");
        co_await pair.first.shutdown();
        const failure met = co_await failure_of(pair.first.write("more"));
        EXPECT_EQ(met.code, std::errc::broken_pipe);
        const std::string question = co_await pair.second.read_all();
        EXPECT_EQ(question, "question");
        co_await pair.second.write("answer");
        auto closing = patio::gather(pair.second.close(), pair.first.read_all());
        auto [ended, answer] = co_await std::move(closing);
        static_cast<void>(ended);
        EXPECT_EQ(answer, "answer");
        co_await pair.first.close();
    });
}

TEST(start_tls, knows_a_stream_that_was_cut_from_one_that_has_ended) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await start_both(pair, trusting_client(), example_server());
        co_await pair.second.write("half of it");
        break_off(pair.second, memory_fault::truncation);
        std::string got;
        auto read = [&]() -> async<> {
            got = co_await pair.first.read_some(100);
            co_await pair.first.read_some(1);
        };
        const failure met = co_await failure_of(read());
        EXPECT_EQ(got, "half of it");
        EXPECT_EQ(met.code, patio::errc::end_of_stream);
        EXPECT_THAT(met.what, HasSubstr("reading with example.org, which had no close_notify"));
        const failure again = co_await failure_of(pair.first.read_some(1));
        EXPECT_EQ(again.code, patio::errc::end_of_stream);
        co_await pair.first.close();
    });
}

TEST(start_tls, fails_wherever_a_record_is_cut) {
    for (std::size_t cut = 1; cut < 60; cut += 3) {
        patio::testing::run([&]() -> async<> {
            stream_pair pair = memory_streams();
            co_await start_both(pair, trusting_client(), example_server());
            break_off_after(pair.first, cut, memory_fault::truncation);
            co_await failure_of(pair.first.write("0123456789"));  // 32 bytes
            co_await failure_of(pair.first.shutdown());           // 24 bytes
            const failure met = co_await failure_of(pair.second.read_all());
            if (cut < 32 + 24) {
                EXPECT_EQ(met.code, patio::errc::end_of_stream) << cut;
            } else {
                EXPECT_FALSE(met.code) << cut << met.what;
            }
        });
    }
}

TEST(start_tls, passes_on_what_goes_wrong_below) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await start_both(pair, trusting_client(), example_server());
        auto read = [&]() -> async<> {
            const failure met = co_await failure_of(pair.first.read_some(1));
            EXPECT_EQ(met.code, std::errc::connection_reset);
        };
        auto reset = [&]() -> async<> {
            co_await patio::sleep(1s);
            break_off(pair.first, memory_fault::reset);
        };
        co_await patio::gather(read(), reset());
        const failure writing = co_await failure_of(pair.first.write("x"));
        EXPECT_EQ(writing.code, std::errc::connection_reset);
    });
}

TEST(start_tls, wakes_everybody_when_the_stream_is_aborted) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams(memory_options{}.buffer_bytes(5000));
        co_await start_both(pair, trusting_client(), example_server());
        auto read = [&]() -> async<> {
            const failure met = co_await failure_of(pair.first.read_some(1));
            EXPECT_EQ(met.code, patio::errc::closed);
        };
        auto write = [&]() -> async<> {
            const failure met = co_await failure_of(pair.first.write(text_of(200'000)));
            EXPECT_EQ(met.code, patio::errc::closed);
        };
        auto abort = [&]() -> async<> {
            co_await patio::sleep(1s);
            pair.first.abort();
        };
        co_await patio::gather(read(), write(), abort());
        const failure met = co_await failure_of(pair.second.read_all());
        EXPECT_EQ(met.code, patio::errc::end_of_stream);
    });
}

TEST(start_tls, tells_a_reader_that_the_stream_was_closed) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await start_both(pair, trusting_client(), example_server());
        auto read = [&]() -> async<> {
            const failure met = co_await failure_of(pair.first.read_some(1));
            EXPECT_EQ(met.code, patio::errc::closed);
        };
        auto close = [&]() -> async<> {
            co_await patio::sleep(1s);
            co_await close_both(pair);
        };
        co_await patio::gather(read(), close());
    });
}

// --- handshakes that do not come to an end

TEST(start_tls, gives_a_handshake_only_its_time) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        const auto start = patio::now();
        const failure met = co_await failure_of(trusting_client().start(pair.first, "example.org"));
        EXPECT_EQ(met.code, std::errc::timed_out);
        EXPECT_THAT(met.what, HasSubstr("TLS handshake with example.org"));
        EXPECT_EQ(patio::now() - start, patio::duration{60s});
        EXPECT_TRUE(pair.first.is_closed());
        stream_pair other = memory_streams();
        const failure at_server =
            co_await failure_of(example_server().handshake_timeout(2s).start(other.second));
        EXPECT_EQ(at_server.code, std::errc::timed_out);
        EXPECT_EQ(patio::now() - start, patio::duration{62s});
    });
}

TEST(start_tls, fails_wherever_the_handshake_is_cut) {
    std::size_t succeeded = 0;
    for (std::size_t cut = 1; cut < 2000; cut += 97) {
        patio::testing::run([&]() -> async<> {
            stream_pair pair = memory_streams();
            break_off_after(pair.second, cut, memory_fault::truncation);
            auto [client, server] = co_await fail_both(pair, trusting_client(), example_server());
            if (!client.code) {  // all that it needs had come, but for tickets
                ++succeeded;
                co_return;
            }
            EXPECT_EQ(client.code, patio::errc::end_of_stream) << cut << client.what;
            EXPECT_TRUE(pair.first.is_closed());
            EXPECT_TRUE(server.code == std::errc::broken_pipe ||
                        server.code == patio::errc::end_of_stream)
                << cut << server.what;
        });
    }
    EXPECT_GT(succeeded, 0U);
    EXPECT_LT(succeeded, 15U);
}

TEST(start_tls, refuses_somebody_who_does_not_speak_tls) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await pair.second.write("SSH-2.0-OpenSSH_9.2\r\n");
        const failure met = co_await failure_of(trusting_client().start(pair.first, "example.org"));
        EXPECT_EQ(met.code, patio::tls::errc::protocol_error);
        EXPECT_EQ(met.what, "TLS handshake with example.org: wrong version number");
        stream_pair web = memory_streams();
        co_await web.first.write("GET / HTTP/1.1\r\n\r\n");
        const failure at_server = co_await failure_of(example_server().start(web.second));
        EXPECT_EQ(at_server.what, "TLS handshake at a server: http request");
    });
}

TEST(start_tls, is_woken_when_the_stream_is_aborted_or_replaced) {
    for (const bool is_replaced : {false, true}) {
        patio::testing::run([&]() -> async<> {
            stream_pair pair = memory_streams();
            auto abort = [&]() -> async<> {
                co_await patio::sleep(1s);
                if (is_replaced) {
                    pair.first = patio::stream{};
                } else {
                    pair.first.abort();
                }
            };
            auto start = [&]() -> async<> {
                const failure met =
                    co_await failure_of(trusting_client().start(pair.first, "example.org"));
                EXPECT_EQ(met.code, patio::errc::closed);
            };
            co_await patio::gather(start(), abort());
        });
    }
}

TEST(start_tls, detects_changed_bytes) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await start_both(pair, trusting_client(), example_server());
        co_await pair.first.write("first");
        co_await pair.first.carrier()->next_layer()->write(patio::byte_views{});
        const std::string first = co_await pair.second.read_some(100);
        EXPECT_EQ(first, "first");
        const std::string forged = std::string("\x17\x03\x03\x00\x20", 5) + text_of(32);
        const patio::byte_view part = forged;
        co_await pair.first.carrier()->next_layer()->write(patio::byte_views{&part, 1});
        const failure met = co_await failure_of(pair.second.read_some(100));
        EXPECT_EQ(met.code, patio::tls::errc::protocol_error);
        EXPECT_THAT(met.what, HasSubstr("bad record mac"));
        const failure again = co_await failure_of(pair.second.write("x"));
        EXPECT_EQ(again.code, patio::tls::errc::protocol_error);
        const failure at_client = co_await failure_of(pair.first.read_some(100));
        EXPECT_EQ(at_client.code, patio::tls::errc::refused);
    });
}

// --- cancellation

TEST(start_tls, closes_the_stream_when_its_handshake_is_cancelled) {
    patio::testing::cancel_everywhere([](patio::testing::probe& marked) -> async<> {
        stream_pair pair = memory_streams(memory_options{}.slice_bytes(200).latency(1ms));
        auto client = [&]() -> async<> {
            auto starting = trusting_client().start(pair.first, "example.org");
            co_await marked.cancelled(std::move(starting));
            EXPECT_TRUE(!marked.was_cancelled() || pair.first.is_closed());
        };
        co_await patio::gather(client(), failure_of(example_server().start(pair.second)));
    });
}

TEST(start_tls, loses_nothing_when_a_read_is_cancelled) {
    patio::testing::cancel_everywhere([](patio::testing::probe& marked) -> async<> {
        stream_pair pair = memory_streams(memory_options{}.slice_bytes(20).latency(1ms));
        co_await start_both(pair, trusting_client(), example_server());
        std::string got;
        auto read_some = [&]() -> async<> {
            for (int count = 0; count < 3; ++count) {
                const std::string piece = co_await pair.first.read_some(4);
                got += piece;
            }
        };
        auto read = [&]() -> async<> {
            co_await marked.cancelled(read_some());
            const std::string rest = co_await pair.first.read_all();
            got += rest;
        };
        auto write = [&]() -> async<> {
            co_await pair.second.write("0123456789");
            co_await pair.second.write("0123456789");
            co_await pair.second.shutdown();
        };
        co_await patio::gather(read(), write());
        EXPECT_EQ(got, "01234567890123456789");
    });
}

TEST(start_tls, stays_intact_when_a_write_is_cancelled) {
    patio::testing::cancel_everywhere([](patio::testing::probe& marked) -> async<> {
        stream_pair pair = memory_streams(memory_options{}.buffer_bytes(3000).latency(1ms));
        co_await start_both(pair, trusting_client(), example_server());
        auto write = [&]() -> async<> {
            co_await marked.cancelled(pair.first.write(text_of(20'000)));
            co_await pair.first.write("|the end");
            co_await pair.first.close();
        };
        auto read = [&]() -> async<> {
            const std::string got = co_await pair.second.read_all();
            const std::size_t mark = got.find('|');
            EXPECT_EQ(got.substr(mark), "|the end");
            EXPECT_EQ(got.substr(0, mark), text_of(20'000).substr(0, mark));
            EXPECT_TRUE(marked.was_cancelled() || mark == 20'000U);
            co_await pair.second.close();
        };
        co_await patio::gather(write(), read());
    });
}

TEST(start_tls, stays_intact_inside_another_encryption_when_a_write_is_cancelled) {
    patio::testing::cancel_everywhere([](patio::testing::probe& marked) -> async<> {
        stream_pair pair = memory_streams(memory_options{}.buffer_bytes(4000).latency(1ms));
        co_await start_both(pair, trusting_client(), example_server());
        co_await start_both(pair, trusting_client(), example_server());
        auto write = [&]() -> async<> {
            co_await marked.cancelled(pair.first.write(text_of(20'000)));
            co_await pair.first.write("|the end");
            co_await pair.first.close();
        };
        auto read = [&]() -> async<> {
            const std::string got = co_await pair.second.read_all();
            const std::size_t mark = got.find('|');
            EXPECT_EQ(got.substr(mark), "|the end");
            EXPECT_EQ(got.substr(0, mark), text_of(20'000).substr(0, mark));
            co_await pair.second.close();
        };
        co_await patio::gather(write(), read());
    });
}

TEST(start_tls, aborts_the_connection_when_a_close_is_cancelled) {
    patio::testing::cancel_everywhere([](patio::testing::probe& marked) -> async<> {
        stream_pair pair = memory_streams(memory_options{}.latency(1ms));
        co_await start_both(pair, trusting_client(), example_server());
        auto close = [&]() -> async<> {
            co_await marked.cancelled(pair.first.close());
            EXPECT_TRUE(pair.first.is_closed());
        };
        auto read = [&]() -> async<> {
            const failure met = co_await failure_of(pair.second.read_some(1));
            EXPECT_TRUE(!met.code || met.code == patio::errc::end_of_stream) << met.what;
            co_await pair.second.close();
        };
        co_await patio::gather(close(), read());
    });
}

}  // namespace
