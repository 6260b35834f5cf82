// SPDX-License-Identifier: MIT
#pragma once

// What a WebSocket reader makes of bytes, as a text, however the bytes are cut.

#include "wire_ws/frame_reader.hpp"
#include "wire_ws/frame_writer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ws_test {

namespace ws = patio::wire::ws;

/// How a reader is made: once for each way of cutting.
struct setting {
    ws::role self = ws::role::client;
    ws::reader_limits limits{};
    std::optional<ws::deflate_agreement> compression{};
};

/// Bytes from text in hexadecimal; blanks are skipped.
inline std::string hex(std::string_view digits) {
    std::string bytes;
    int high = -1;
    for (const char c : digits) {
        if (c == ' ') continue;
        const int value = c <= '9' ? c - '0' : c - 'a' + 10;
        if (high < 0) {
            high = value;
        } else {
            bytes += static_cast<char>(high * 16 + value);
            high = -1;
        }
    }
    return bytes;
}

/// Bytes that are printed: what is not ASCII as \xHH, long ones by their length.
inline std::string shown(std::string_view bytes) {
    if (bytes.size() > 200) {
        const std::size_t digest = std::hash<std::string_view>{}(bytes);
        return std::to_string(bytes.size()) + " bytes #" + std::to_string(digest);
    }
    std::string text;
    for (const char c : bytes) {
        if (c >= ' ' && c <= '~') {
            text += c;
            continue;
        }
        char digits[5];
        std::snprintf(digits, sizeof digits, "\\x%02x", static_cast<unsigned char>(c) & 0xffU);
        text += digits;
    }
    return text;
}

/// The events as one text; the data between two others as one.
class recorder {
public:
    explicit recorder(const setting& how) : reader_{how.self, how.limits, how.compression} {}

    /// Gives bytes behind those before, in memory of their own.
    void feed(std::string_view bytes) {
        std::vector<char> copy{bytes.begin(), bytes.end()};
        patio::byte_span input{copy};
        while (!is_over_) {
            const ws::event event = reader_.next(input);
            if (event.kind == ws::event_kind::need_more) {
                EXPECT_TRUE(input.empty());
                return;
            }
            add(event);
        }
    }
    [[nodiscard]] std::string text() {
        flush();
        return text_;
    }

private:
    void add(const ws::event& event) {
        if (event.kind == ws::event_kind::data) {
            EXPECT_FALSE(event.bytes.empty());
            data_ += event.text();
            return;
        }
        flush();
        switch (event.kind) {
            case ws::event_kind::message_begin:
                text_ += event.message == ws::message_kind::text ? "text{" : "binary{";
                break;
            case ws::event_kind::message_end:
                text_ += "} ";
                break;
            case ws::event_kind::ping:
                text_ += "ping(" + shown(event.text()) + ") ";
                break;
            case ws::event_kind::pong:
                text_ += "pong(" + shown(event.text()) + ") ";
                break;
            case ws::event_kind::close:
                text_ += "close " + std::to_string(static_cast<int>(event.code)) + "(" +
                         shown(event.text()) + ") ";
                is_over_ = true;
                break;
            case ws::event_kind::failed:
                text_ += "failed " + std::to_string(static_cast<int>(event.code)) + ": " +
                         ws::describe(event.error) + " ";
                is_over_ = true;
                break;
            default:
                break;
        }
    }
    void flush() {
        if (!data_.empty()) text_ += "'" + shown(data_) + "' ";
        data_.clear();
    }

    ws::frame_reader reader_;
    std::string text_;
    std::string data_;
    bool is_over_ = false;
};

inline std::string read_in_steps(const setting& how, std::string_view bytes, std::size_t step) {
    recorder all{how};
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size())))
        all.feed(bytes.substr(0, step));
    return all.text();
}

/// Reads whole, byte by byte, and cut in two at every boundary (of long ones, at some), and demands
/// that it makes no difference. **Returns** the events without the blank at the end.
inline std::string events(const setting& how, std::string_view bytes) {
    recorder whole{how};
    whole.feed(bytes);
    std::string expected = whole.text();
    EXPECT_EQ(read_in_steps(how, bytes, 1), expected) << "byte by byte";
    const std::size_t stride = bytes.size() / 300 + 1;
    for (std::size_t cut = 1; cut < bytes.size(); cut += stride) {
        recorder halves{how};
        halves.feed(bytes.substr(0, cut));
        halves.feed(bytes.substr(cut));
        const std::string text = halves.text();
        EXPECT_EQ(text, expected) << "cut at " << cut;
        if (text != expected) break;
    }
    while (expected.ends_with(' '))
        expected.pop_back();
    return expected;
}

/// A frame as a server sends it, or a client with a mask; whatever it says.
inline std::string frame(unsigned first, std::string_view payload,
                         std::optional<ws::mask_key> key = {}) {
    ws::frame_head head;
    head.payload_bytes = payload.size();
    head.mask = key;
    const ws::head_bytes bytes = ws::encode(head);
    std::string text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    text[0] = static_cast<char>(first);
    std::string masked{payload};
    if (key) ws::apply_mask(masked, *key);
    return text + masked;
}

template <class Bytes>
std::string to_string(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace ws_test
