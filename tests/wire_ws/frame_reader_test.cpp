// SPDX-License-Identifier: MIT

#include "wire_ws/frame_reader.hpp"

#include "support/ws_events.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace {

using ws_test::events;
using ws_test::frame;
using ws_test::hex;
using ws_test::setting;
namespace ws = patio::wire::ws;

const setting client;
const setting server{.self = ws::role::server};
constexpr ws::mask_key key{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};

// RFC 6455 section 5.7
TEST(frame_reader, reads_the_examples_of_the_rfc) {
    EXPECT_EQ(events(client, hex("81 05 48 65 6c 6c 6f")), "text{'Hello' }");
    EXPECT_EQ(events(server, hex("81 85 37 fa 21 3d 7f 9f 4d 51 58")), "text{'Hello' }");
    EXPECT_EQ(events(client, hex("01 03 48 65 6c")), "text{'Hel'");
    EXPECT_EQ(events(client, hex("01 03 48 65 6c 80 02 6c 6f")), "text{'Hello' }");
    EXPECT_EQ(events(client, hex("89 05 48 65 6c 6c 6f")), "ping(Hello)");
    EXPECT_EQ(events(server, hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58")), "pong(Hello)");
    const std::string bytes(256, 'x');
    EXPECT_EQ(events(client, hex("82 7e 01 00") + bytes),
              "binary{'" + ws_test::shown(bytes) + "' }");
    const std::string many(65536, 'x');
    EXPECT_EQ(events(client, hex("82 7f 00 00 00 00 00 01 00 00") + many),
              "binary{'" + ws_test::shown(many) + "' }");
}

TEST(frame_reader, reads_each_class_of_lengths_at_its_edges) {
    for (const std::size_t size :
         {0U, 1U, 124U, 125U, 126U, 127U, 128U, 65534U, 65535U, 65536U, 65537U}) {
        std::string payload(size, '\0');
        for (std::size_t i = 0; i < size; ++i)
            payload[i] = static_cast<char>(i * 7 + i / 256);
        const std::string expected =
            size == 0 ? "binary{}" : "binary{'" + ws_test::shown(payload) + "' }";
        EXPECT_EQ(events(client, frame(0x82, payload)), expected) << size;
        EXPECT_EQ(events(server, frame(0x82, payload, key)), expected) << size;
    }
}

TEST(frame_reader, wants_masks_from_clients_and_none_from_servers) {
    EXPECT_EQ(events(server, hex("81 05 48")), "failed 1002: a client's frame is not masked");
    EXPECT_EQ(events(server, hex("88 00")), "failed 1002: a client's frame is not masked");
    EXPECT_EQ(events(client, hex("81 85 37")), "failed 1002: a server's frame is masked");
}

TEST(frame_reader, refuses_reserved_bits_and_opcodes) {
    for (const unsigned bits : {0x40U, 0x20U, 0x10U, 0x70U}) {
        for (const unsigned op : {0x81U, 0x01U, 0x82U, 0x88U, 0x89U}) {
            EXPECT_EQ(events(client, frame(op | bits, "")), "failed 1002: a reserved bit is set");
        }
    }
    for (const unsigned op : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
        EXPECT_EQ(events(client, frame(0x80 | op, "")), "failed 1002: the opcode is reserved");
        EXPECT_EQ(events(client, frame(op, "")), "failed 1002: the opcode is reserved");
    }
}

TEST(frame_reader, refuses_control_frames_that_are_cut_or_long) {
    for (const unsigned op : {8U, 9U, 10U}) {
        EXPECT_EQ(events(client, frame(op, "")), "failed 1002: a control frame is fragmented");
        EXPECT_EQ(events(client, frame(0x80 | op, std::string(126, 'x'))),
                  "failed 1002: a control frame has more than 125 bytes");
    }
    const std::string most(125, 'x');
    EXPECT_EQ(events(client, frame(0x89, most)), "ping(" + most + ")");
    EXPECT_EQ(events(server, frame(0x8a, most, key)), "pong(" + most + ")");
    EXPECT_EQ(events(client, frame(0x89, "")), "ping()");
}

TEST(frame_reader, refuses_lengths_that_are_not_minimal_or_negative) {
    const std::string not_minimal = "failed 1002: a length takes more bytes than it needs";
    EXPECT_EQ(events(client, hex("82 7e 00 00")), not_minimal);
    EXPECT_EQ(events(client, hex("82 7e 00 7d")), not_minimal);
    EXPECT_EQ(events(client, hex("82 7f 00 00 00 00 00 00 00 7e")), not_minimal);
    EXPECT_EQ(events(client, hex("82 7f 00 00 00 00 00 00 ff ff")), not_minimal);
    const std::string top_bit = "failed 1002: the top bit of a length is set";
    EXPECT_EQ(events(client, hex("82 7f 80 00 00 00 00 00 00 00")), top_bit);
    EXPECT_EQ(events(server, hex("82 ff ff")), top_bit);
}

TEST(frame_reader, refuses_fragments_out_of_order) {
    const std::string alone = "failed 1002: a continuation without a message to continue";
    EXPECT_EQ(events(client, frame(0x80, "x")), alone);
    EXPECT_EQ(events(client, frame(0x00, "x")), alone);
    EXPECT_EQ(events(client, frame(0x81, "a") + frame(0x80, "b")), "text{'a' } " + alone);
    const std::string inside = "failed 1002: a message begins inside of another";
    EXPECT_EQ(events(client, frame(0x01, "a") + frame(0x81, "b")), "text{'a' " + inside);
    EXPECT_EQ(events(client, frame(0x01, "a") + frame(0x00, "b") + frame(0x02, "c")),
              "text{'ab' " + inside);
}

TEST(frame_reader, reads_control_frames_between_fragments) {
    EXPECT_EQ(events(client, frame(0x01, "a") + frame(0x89, "p") + frame(0x00, "b") +
                                 frame(0x8a, "q") + frame(0x80, "c") + frame(0x82, "d")),
              "text{'a' ping(p) 'b' pong(q) 'c' } binary{'d' }");
    EXPECT_EQ(events(server, frame(0x02, "a", key) + frame(0x89, "p", key) + frame(0x80, "", key)),
              "binary{'a' ping(p) }");
    EXPECT_EQ(events(client, frame(0x01, "a") + frame(0x88, "")), "text{'a' close 1005()");
}

TEST(frame_reader, reads_close_frames) {
    EXPECT_EQ(events(client, frame(0x88, "")), "close 1005()");
    EXPECT_EQ(events(client, frame(0x88, hex("03 e8"))), "close 1000()");
    EXPECT_EQ(events(server, frame(0x88, hex("03 e9") + "bye", key)), "close 1001(bye)");
    EXPECT_EQ(events(client, frame(0x88, hex("03 e8") + std::string(123, 'r'))),
              "close 1000(" + std::string(123, 'r') + ")");
    EXPECT_EQ(events(client, frame(0x88, "x")), "failed 1002: a Close frame has one byte");
    EXPECT_EQ(events(client, frame(0x88, hex("03 e8 c3"))),
              "failed 1007: the reason in a Close frame is not UTF-8");
    EXPECT_EQ(events(client, frame(0x88, hex("03 e8 ed a0 80"))),
              "failed 1007: the reason in a Close frame is not UTF-8");
}

// The codes of the Autobahn test suite's 7.7 and 7.9, and the ends of each range.
TEST(frame_reader, knows_which_close_codes_may_be_sent) {
    const auto payload = [](unsigned code) {
        std::string two;
        two += static_cast<char>(code >> 8 & 0xff);
        two += static_cast<char>(code & 0xff);
        return two;
    };
    for (const unsigned code : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U,
                                1012U, 1013U, 1014U, 3000U, 3999U, 4000U, 4999U}) {
        EXPECT_EQ(events(client, frame(0x88, payload(code))),
                  "close " + std::to_string(code) + "()");
    }
    for (const unsigned code :
         {0U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65535U}) {
        EXPECT_EQ(events(client, frame(0x88, payload(code))),
                  "failed 1002: a Close frame has a code that may not be sent")
            << code;
    }
}

TEST(frame_reader, drops_what_comes_behind_a_close_frame_or_a_failure) {
    EXPECT_EQ(events(client, frame(0x88, "") + frame(0x81, "x") + "\xff\xff"), "close 1005()");
    ws::frame_reader reader{ws::role::client};
    std::string bytes = frame(0x88, "") + "rest";
    patio::byte_span input{bytes};
    EXPECT_EQ(reader.next(input).kind, ws::event_kind::close);
    EXPECT_EQ(reader.next(input).kind, ws::event_kind::need_more);
    EXPECT_TRUE(input.empty());
    ws::frame_reader broken{ws::role::client};
    std::string bad = "\xff";
    input = bad;
    for (int i = 0; i < 3; ++i) {
        const auto event = broken.next(input);
        EXPECT_EQ(event.kind, ws::event_kind::failed);
        EXPECT_EQ(event.error, ws::read_error::reserved_bits);
        EXPECT_EQ(event.code, ws::close_code::protocol_error);
    }
}

TEST(frame_reader, gives_the_payload_where_it_lies) {
    ws::frame_reader reader{ws::role::server};
    std::string bytes = frame(0x82, "payload", key);
    patio::byte_span input{bytes};
    EXPECT_EQ(reader.next(input).kind, ws::event_kind::message_begin);
    const auto data = reader.next(input);
    EXPECT_EQ(data.text(), "payload");
    EXPECT_EQ(static_cast<void*>(data.bytes.data()), static_cast<void*>(bytes.data() + 6));
    EXPECT_TRUE(reader.is_inside_message());
    EXPECT_EQ(reader.next(input).kind, ws::event_kind::message_end);
    EXPECT_FALSE(reader.is_inside_message());
    EXPECT_EQ(reader.next(input).kind, ws::event_kind::need_more);
}

TEST(frame_reader, checks_text_across_fragments_and_cuts) {
    const std::string text = "\xce\xba\xe1\xbd\xb9\xf0\x9f\x98\x80";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        EXPECT_EQ(events(client, frame(0x01, text.substr(0, cut)) + frame(0x89, "") +
                                     frame(0x80, text.substr(cut)))
                      .substr(0, 5),
                  "text{");
        EXPECT_EQ(events(server, frame(0x01, text.substr(0, cut), key) +
                                     frame(0x80, text.substr(cut), key)),
                  "text{'" + ws_test::shown(text) + "' }");
    }
    const std::string not_utf8 = "failed 1007: a text is not UTF-8";
    EXPECT_EQ(events(client, frame(0x81,
                                   "a\xff"
                                   "b")),
              "text{'a' " + not_utf8);
    EXPECT_EQ(events(client, frame(0x01, "\xe2\x82") + frame(0x80, "x")),
              "text{'\\xe2\\x82' " + not_utf8);
    EXPECT_EQ(events(client, frame(0x81, "\xe2\x82")), "text{'\\xe2\\x82' " + not_utf8);
    EXPECT_EQ(events(client, frame(0x01, "\xe2\x82") + frame(0x80, "")),
              "text{'\\xe2\\x82' " + not_utf8);
    EXPECT_EQ(events(client, frame(0x82, "\xe2\x82")), "binary{'\\xe2\\x82' }");
    EXPECT_EQ(events(client, frame(0x81, "\xe2\x82\xac") + frame(0x81, "\x82")),
              "text{'\\xe2\\x82\\xac' } text{" + not_utf8);
}

// Autobahn 6.4: the frame is not complete, and no complete frame would be valid.
TEST(frame_reader, fails_at_the_first_bad_byte_of_a_text) {
    EXPECT_EQ(events(client, hex("81 7e 10 00") + "abc\xf4\x90"),
              "text{'abc\\xf4' failed 1007: a text is not UTF-8");
}

TEST(frame_reader, keeps_frame_bytes_max) {
    setting how;
    how.limits.frame_bytes_max = 200;
    const std::string most(200, 'x');
    EXPECT_EQ(events(how, frame(0x82, most)), "binary{'" + most + "' }");
    EXPECT_EQ(events(how, frame(0x82, most + "x")),
              "failed 1009: a frame is larger than frame_bytes_max");
    EXPECT_EQ(events(how, frame(0x02, most) + frame(0x80, most)).substr(0, 10), "binary{'40");
    how.limits.frame_bytes_max = 10;
    EXPECT_EQ(events(how, frame(0x89, std::string(125, 'p'))).substr(0, 6), "ping(p")
        << "control frames have a limit of their own";
}

TEST(frame_reader, keeps_message_bytes_max_before_the_bytes_come) {
    setting how;
    how.limits.message_bytes_max = 5;
    const std::string too_big = "failed 1009: a message is larger than message_bytes_max";
    EXPECT_EQ(events(how, frame(0x81, "Hello")), "text{'Hello' }");
    EXPECT_EQ(events(how, hex("81 06")), too_big);
    EXPECT_EQ(events(how, frame(0x01, "Hel") + frame(0x80, "lo")), "text{'Hello' }");
    EXPECT_EQ(events(how, frame(0x01, "Hel") + hex("80 03")), "text{'Hel' " + too_big);
    EXPECT_EQ(events(how, frame(0x81, "Hello") + frame(0x81, "Hello")),
              "text{'Hello' } text{'Hello' }");
    how.limits.message_bytes_max = 0;
    EXPECT_EQ(events(how, frame(0x81, "")), "text{}");
    EXPECT_EQ(events(how, hex("81 01")), too_big);
    how.limits.message_bytes_max = std::numeric_limits<std::uint64_t>::max();
    how.limits.frame_bytes_max = std::numeric_limits<std::uint64_t>::max();
    EXPECT_EQ(events(how, hex("82 7f 7f ff ff ff ff ff ff ff") + "x"), "binary{'x'");
}

TEST(frame_reader, keeps_fragments_max) {
    setting how;
    how.limits.fragments_max = 3;
    const std::string more = frame(0x00, "");
    EXPECT_EQ(events(how, frame(0x01, "a") + more + frame(0x80, "b")), "text{'ab' }");
    EXPECT_EQ(events(how, frame(0x01, "a") + more + frame(0x89, "") + more + frame(0x80, "b")),
              "text{'a' ping() failed 1008: a message has more frames than fragments_max");
    EXPECT_EQ(events(how, frame(0x01, "a") + frame(0x80, "b") + frame(0x01, "a") + more +
                              frame(0x80, "b")),
              "text{'ab' } text{'ab' }");
}

TEST(read_error, has_words_and_a_code_for_each) {
    for (int i = 0; i <= static_cast<int>(ws::read_error::compressed_data_invalid); ++i) {
        const auto error = static_cast<ws::read_error>(i);
        EXPECT_STRNE(ws::describe(error), "an unknown error");
        EXPECT_TRUE(ws::is_sendable(ws::close_code_of(error)));
    }
}

}  // namespace
