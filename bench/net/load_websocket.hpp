// SPDX-License-Identifier: MIT
#pragma once

// What the load generator says over a WebSocket (RFC 6455): the opening handshake, and one text
// message whose frame is made once.

#include "../support/harness.hpp"

#include <cstddef>
#include <string>
#include <string_view>

#include <sys/socket.h>

namespace bench {

/// Letters, and in every 32 bytes one character of two: whoever checks UTF-8 has something to
/// check.
inline std::string websocket_text(std::size_t size) {
    std::string made;
    while (made.size() < size) {
        if (made.size() % 32 == 30 && made.size() + 2 <= size)
            made += "\xc3\xa9";
        else
            made += static_cast<char>('a' + made.size() * 7 % 26);
    }
    return made;
}

/// The head of a frame that is a whole text message: section 5.2.
inline std::string frame_head(std::size_t size, bool is_masked) {
    constexpr unsigned last_text = 0x81;
    const unsigned mask_bit = is_masked ? 0x80 : 0;
    const auto byte = [](std::size_t value) { return static_cast<char>(value & 0xff); };
    std::string made{byte(last_text)};
    if (size < 126) return made + byte(mask_bit | size);
    expect(size < 65'536, "a message is shorter than 64 KiB");
    made += byte(mask_bit | 126);
    made += byte(size >> 8);
    return made + byte(size);
}

inline std::string plain_frame(std::string_view text) {
    return frame_head(text.size(), false).append(text);
}

/// As clients must send it: section 5.3. The key is the same for each message, which no server can
/// make use of.
inline std::string masked_frame(std::string_view text) {
    constexpr std::string_view key = "\x9d\x4e\xb2\x71";
    std::string made = frame_head(text.size(), true).append(key);
    for (std::size_t i = 0; i < text.size(); ++i)
        made += static_cast<char>(text[i] ^ key[i % key.size()]);
    return made;
}

/// The opening handshake, with the key and the answer of section 1.3; no extension is asked for, so
/// nothing is compressed. Waits for the answer.
inline void open_websocket(int descriptor) {
    constexpr std::string_view request =
        "GET /ws HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n";
    const ssize_t sent = send(descriptor, request.data(), request.size(), MSG_NOSIGNAL);
    expect(sent == static_cast<ssize_t>(request.size()), "the server takes the request");
    std::string answer;
    while (!answer.ends_with("\r\n\r\n")) {
        char byte = 0;
        expect(recv(descriptor, &byte, 1, 0) == 1, "the server answers the handshake");
        answer += byte;
    }
    expect(answer.starts_with("HTTP/1.1 101 "), "the server opens a WebSocket");
    expect(answer.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos,
           "the server has read the key");
}

}  // namespace bench
