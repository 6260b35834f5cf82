// SPDX-License-Identifier: MIT

// An echo server made of the machines, asked what the Autobahn test suite asks: cases of our own in
// its order (categories 1 to 7, 9, 12 and 13; https://github.com/crossbario/autobahn-testsuite).

#include "support/ws_events.hpp"
#include "wire_ws/deflate.hpp"
#include "wire_ws/frame_reader.hpp"
#include "wire_ws/frame_writer.hpp"
#include "wire_ws/session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using ws_test::hex;
using ws_test::setting;
using ws_test::shown;
using ws_test::to_string;
namespace ws = patio::wire::ws;

constexpr ws::mask_key key{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};

/// A client's frame.
std::string sent(unsigned first, std::string_view payload) {
    return ws_test::frame(first, payload, key);
}

class echo_server {
public:
    explicit echo_server(std::optional<ws::deflate_agreement> compression = {},
                         const ws::reader_limits& limits = {})
        : reader_{ws::role::server, limits, compression} {
        if (!compression) return;
        ws::deflater::settings how;
        how.window_bits = compression->server_window_bits;
        if (compression->server_drops_context) how.between_messages = ws::context::dropped;
        deflater_ = std::make_unique<ws::deflater>(how);
    }

    /// **Returns** all that the server says to it.
    std::string answer(std::string_view bytes, std::size_t step) {
        std::string copy{bytes};
        for (std::size_t index = 0; index < copy.size(); index += step) {
            patio::byte_span input{copy.data() + index, std::min(step, copy.size() - index)};
            while (session_.may_read() && take(reader_.next(input))) {}
        }
        return output_;
    }
    [[nodiscard]] const ws::session& session() const { return session_; }

private:
    bool take(const ws::event& event) {
        switch (event.kind) {
            case ws::event_kind::need_more:
                return false;
            case ws::event_kind::message_begin:
                kind_ = event.message;
                message_.clear();
                break;
            case ws::event_kind::data:
                message_ += event.text();
                break;
            case ws::event_kind::message_end:
                echo();
                break;
            case ws::event_kind::ping:
                if (session_.may_pong()) output_ += to_string(writer_.pong(event.bytes));
                break;
            case ws::event_kind::pong:
                break;
            case ws::event_kind::close:
                session_.close_received(event.code);
                break;
            case ws::event_kind::failed:
                session_.failed(event.code);
                break;
        }
        if (session_.duty() == ws::session_duty::send_close) {
            output_ += to_string(writer_.close(session_.answer_code()));
            session_.close_sent(session_.answer_code());
            EXPECT_EQ(session_.duty(), ws::session_duty::close_transport);
        }
        return true;
    }
    void echo() {
        auto form = ws::payload_form::plain;
        if (deflater_) {
            message_ = compressed(message_);
            form = ws::payload_form::compressed;
        }
        std::vector<std::byte> bytes;
        writer_.append(bytes, kind_, message_, ws::frame_position::last, form);
        output_ += to_string(bytes);
    }
    std::string compressed(std::string_view text) {
        std::string all;
        std::vector<std::byte> piece(1000);
        const auto add = [&](std::size_t count) {
            all += to_string(patio::byte_view{piece}.first(count));
        };
        patio::byte_view input = text;
        while (!input.empty())
            add(deflater_->write(input, piece));
        for (bool is_done = false; !is_done;) {
            const auto end = deflater_->finish(piece);
            add(end.bytes);
            is_done = end.is_done;
        }
        return all;
    }

    ws::frame_reader reader_;
    ws::frame_writer writer_ = ws::frame_writer::for_server();
    ws::session session_{ws::role::server};
    std::unique_ptr<ws::deflater> deflater_;
    ws::message_kind kind_ = ws::message_kind::binary;
    std::string message_;
    std::string output_;
};

/// What the client hears, whole and in other pieces alike.
std::string heard(std::string_view bytes, const std::optional<ws::deflate_agreement>& how = {},
                  const ws::reader_limits& limits = {}) {
    std::string first;
    for (const std::size_t step : {bytes.size() + 1, std::size_t{1}, std::size_t{997}}) {
        echo_server server{how, limits};
        ws_test::recorder client{{ws::role::client, {}, how}};
        client.feed(server.answer(bytes, step));
        std::string text = client.text();
        if (!text.empty()) text.pop_back();
        if (step > bytes.size()) first = text;
        EXPECT_EQ(text, first) << "in steps of " << step;
    }
    return first;
}

std::string message(std::string_view kind, std::string_view text) {
    if (text.empty()) return std::string{kind} + "{}";
    return std::string{kind} + "{'" + shown(text) + "' }";
}

TEST(autobahn_1_framing, echoes_messages_of_all_sizes) {
    for (const std::size_t size : {0U, 125U, 126U, 127U, 128U, 65535U, 65536U}) {
        const std::string text(size, '*');
        EXPECT_EQ(heard(sent(0x81, text)), message("text", text));
        const std::string bytes(size, '\xfe');
        EXPECT_EQ(heard(sent(0x82, bytes)), message("binary", bytes));
    }
}

TEST(autobahn_2_pings, are_answered_and_pongs_are_not) {
    EXPECT_EQ(heard(sent(0x89, "")), "pong()");
    EXPECT_EQ(heard(sent(0x89, "Hello, world!")), "pong(Hello, world!)");
    EXPECT_EQ(heard(sent(0x89, hex("00 ff fe fd fc fb 00 ff"))),
              "pong(\\x00\\xff\\xfe\\xfd\\xfc\\xfb\\x00\\xff)");
    EXPECT_EQ(heard(sent(0x89, std::string(125, '*'))), "pong(" + std::string(125, '*') + ")");
    EXPECT_EQ(heard(sent(0x89, std::string(126, '*'))), "close 1002()");
    EXPECT_EQ(heard(sent(0x8a, "")), "");
    EXPECT_EQ(heard(sent(0x8a, "unsolicited") + sent(0x89, "ping")), "pong(ping)");
    std::string pings;
    std::string pongs;
    for (char c = '0'; c <= '9'; ++c) {
        pings += sent(0x89, {&c, 1});
        pongs += std::string{pongs.empty() ? "" : " "} + "pong(" + c + ")";
    }
    EXPECT_EQ(heard(pings), pongs);
}

TEST(autobahn_3_reserved_bits, end_the_connection_behind_what_was_good) {
    for (const unsigned bits : {0x10U, 0x20U, 0x30U, 0x40U, 0x50U, 0x60U, 0x70U}) {
        EXPECT_EQ(heard(sent(0x81, "good") + sent(0x81 | bits, "bad") + sent(0x89, "")),
                  "text{'good' } close 1002()");
        EXPECT_EQ(heard(sent(0x89 | bits, "bad")), "close 1002()");
        EXPECT_EQ(heard(sent(0x88 | bits, "")), "close 1002()");
    }
}

TEST(autobahn_4_opcodes, that_are_reserved_end_the_connection) {
    for (const unsigned op : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
        EXPECT_EQ(heard(sent(0x81, "good") + sent(0x80 | op, "") + sent(0x89, "")),
                  "text{'good' } close 1002()");
        EXPECT_EQ(heard(sent(0x80 | op, "payload")), "close 1002()");
    }
}

TEST(autobahn_5_fragments, are_put_together_or_refused) {
    EXPECT_EQ(heard(sent(0x09, "a") + sent(0x80, "b")), "close 1002()");
    EXPECT_EQ(heard(sent(0x0a, "a") + sent(0x80, "b")), "close 1002()");
    EXPECT_EQ(heard(sent(0x01, "a") + sent(0x80, "b")), "text{'ab' }");
    EXPECT_EQ(heard(sent(0x01, "a") + sent(0x89, "ping") + sent(0x80, "b")),
              "pong(ping) text{'ab' }");
    for (const unsigned first : {0x80U, 0x00U}) {
        EXPECT_EQ(heard(sent(first, "no message") + sent(0x81, "x")), "close 1002()");
        EXPECT_EQ(heard(sent(0x01, "a") + sent(0x80, "b") + sent(first, "c") + sent(0x81, "d")),
                  "text{'ab' } close 1002()");
    }
    EXPECT_EQ(heard(sent(0x01, "a") + sent(0x81, "b")), "close 1002()");
    EXPECT_EQ(heard(sent(0x01, "1") + sent(0x00, "2") + sent(0x89, "p") + sent(0x00, "3") +
                    sent(0x00, "4") + sent(0x89, "q") + sent(0x80, "5")),
              "pong(p) pong(q) text{'12345' }");
}

TEST(autobahn_6_utf8, is_checked_wherever_frames_and_reads_cut_it) {
    EXPECT_EQ(heard(sent(0x01, "") + sent(0x00, "") + sent(0x80, "")), "text{}");
    EXPECT_EQ(heard(sent(0x01, "") + sent(0x00, "middle") + sent(0x80, "")), "text{'middle' }");
    const std::string good =
        "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!";
    std::string bytewise;
    for (const char& c : good)
        bytewise += sent(bytewise.empty() ? 0x01 : 0x00, {&c, 1});
    EXPECT_EQ(heard(bytewise + sent(0x80, "")), message("text", good));
    const char* valid[] = {"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
                           "\x7f",
                           "\xc2\x80",
                           "\xdf\xbf",
                           "\xe0\xa0\x80",
                           "\xef\xbf\xbf",
                           "\xf0\x90\x80\x80",
                           "\xf4\x8f\xbf\xbf",
                           "\xed\x9f\xbf",
                           "\xee\x80\x80",
                           "\xef\xbf\xbd",
                           "\xef\xbf\xbe",
                           "\xf0\x9f\xbf\xbf",
                           "\xf4\x8f\xbf\xbe"};
    for (const char* text : valid)
        EXPECT_EQ(heard(sent(0x81, text)), message("text", text));
    const char* invalid[] = {"\xce",
                             "\xce\xba\xe1",
                             "\xf8\x88\x80\x80\x80",
                             "\xfc\x84\x80\x80\x80\x80",
                             "\xf7\xbf\xbf\xbf",
                             "\xf4\x90\x80\x80",
                             "\x80",
                             "\xbf",
                             "\x80\xbf\x80",
                             "\xc0 \xc1 ",
                             "\xe0 \xe1 ",
                             "\xf5 ",
                             "\xfe",
                             "\xff",
                             "\xc0\xaf",
                             "\xe0\x80\xaf",
                             "\xf0\x80\x80\xaf",
                             "\xc1\xbf",
                             "\xe0\x9f\xbf",
                             "\xf0\x8f\xbf\xbf",
                             "\xed\xa0\x80",
                             "\xed\xbf\xbf",
                             "\xed\xa0\x80\xed\xb0\x80",
                             "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80 edited"};
    for (const char* text : invalid)
        EXPECT_EQ(heard(sent(0x81, text) + sent(0x89, "")), "close 1007()") << shown(text);
    EXPECT_EQ(heard(sent(0x01, "\xf4") + sent(0x00, "\x90 and more").substr(0, 7)), "close 1007()")
        << "before the message, and even the frame, is over";
}

std::string close_payload(unsigned code, std::string_view reason = {}) {
    std::string payload;
    payload += static_cast<char>(code >> 8 & 0xff);
    payload += static_cast<char>(code & 0xff);
    return payload + std::string{reason};
}

TEST(autobahn_7_close, is_answered_once_and_ends_all) {
    EXPECT_EQ(heard(sent(0x81, "a") + sent(0x88, close_payload(1000))), "text{'a' } close 1000()");
    EXPECT_EQ(heard(sent(0x88, close_payload(1000)) + sent(0x88, close_payload(1000))),
              "close 1000()");
    EXPECT_EQ(heard(sent(0x88, close_payload(1000)) + sent(0x89, "p")), "close 1000()");
    EXPECT_EQ(heard(sent(0x88, close_payload(1000)) + sent(0x81, "x")), "close 1000()");
    EXPECT_EQ(heard(sent(0x01, "a") + sent(0x88, close_payload(1000)) + sent(0x80, "b")),
              "close 1000()");
    EXPECT_EQ(heard(sent(0x88, "")), "close 1005()");
    EXPECT_EQ(heard(sent(0x88, "a")), "close 1002()");
    EXPECT_EQ(heard(sent(0x88, close_payload(1000, "Hello World!"))), "close 1000()");
    EXPECT_EQ(heard(sent(0x88, close_payload(1000, std::string(123, '*')))), "close 1000()");
    EXPECT_EQ(heard(sent(0x88, close_payload(1000, std::string(124, '*')))), "close 1002()");
    EXPECT_EQ(heard(sent(0x88, close_payload(1000, "\xce\xba\xed\xa0\x80"))), "close 1007()");
    for (const unsigned code : {1001U, 1002U, 1003U, 1007U, 1011U, 3000U, 4999U})
        EXPECT_EQ(heard(sent(0x88, close_payload(code))), "close " + std::to_string(code) + "()");
    for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1016U, 1100U, 2000U, 2999U})
        EXPECT_EQ(heard(sent(0x88, close_payload(code))), "close 1002()");
    echo_server server;
    (void)server.answer(sent(0x88, close_payload(1000)), 3);
    EXPECT_TRUE(server.session().is_clean());
    echo_server broken;
    (void)broken.answer(sent(0x83, ""), 3);
    EXPECT_FALSE(broken.session().is_clean());
}

TEST(autobahn_9_limits, are_kept_and_as_large_as_one_likes) {
    const std::string text(300'000, 'x');
    std::string fragments;
    for (std::size_t at = 0; at < text.size(); at += 64) {
        const bool is_last = at + 64 >= text.size();
        fragments += sent((at == 0 ? 1U : 0U) | (is_last ? 0x80U : 0U), text.substr(at, 64));
    }
    EXPECT_EQ(heard(fragments), message("text", text));
    ws::reader_limits limits;
    limits.message_bytes_max = text.size() - 1;
    EXPECT_EQ(heard(fragments, {}, limits), "close 1009()");
    EXPECT_EQ(heard(sent(0x82, text), {}, limits), "close 1009()");
    limits.message_bytes_max = text.size();
    EXPECT_EQ(heard(sent(0x82, text), {}, limits), message("binary", text));
}

// 12 has messages of 16 bytes to 128 KiB, 13 each way to negotiate.
TEST(autobahn_12_and_13_compression, echoes_with_every_agreement) {
    for (const int bits : {8, 9, 12, 15}) {
        for (const bool is_dropped : {false, true}) {
            ws::deflate_agreement agreed;
            agreed.server_window_bits = agreed.client_window_bits = bits;
            agreed.server_drops_context = agreed.client_drops_context = is_dropped;
            ws::deflater::settings how;
            how.window_bits = bits;
            how.between_messages = is_dropped ? ws::context::dropped : ws::context::kept;
            ws::deflater client{how};
            std::string all;
            std::string expected;
            for (const std::size_t size : {16U, 64U, 256U, 1024U, 4096U, 8192U, 16384U, 32768U}) {
                std::string text;
                for (std::size_t i = 0; text.size() < size; ++i)
                    text += "{\"id\": " + std::to_string(i * i % 1009) + "}, ";
                text.resize(size);
                std::vector<std::byte> small(2 * size + 64);
                patio::byte_view input = text;
                std::size_t count = client.write(input, small);
                count += client.finish(patio::byte_span{small}.from(count)).bytes;
                const std::string payload = to_string(patio::byte_view{small}.first(count));
                all += sent(0x41, payload.substr(0, count / 2));
                all += sent(0x89, "p") + sent(0x80, payload.substr(count / 2));
                expected += (expected.empty() ? "pong(p) " : " pong(p) ") + message("text", text);
            }
            EXPECT_EQ(heard(all, agreed), expected) << bits;
        }
    }
}

}  // namespace
