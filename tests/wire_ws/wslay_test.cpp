// SPDX-License-Identifier: MIT

// links: wslay
//
// What we write another implementation reads, and the other way round: wslay 1.1 as the oracle.

#include "support/ws_events.hpp"
#include "wire_ws/frame_reader.hpp"
#include "wire_ws/frame_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <wslay/wslay.h>

namespace {

using ws_test::setting;
namespace ws = patio::wire::ws;

constexpr unsigned seed = 20'111'206;

struct spoken {
    unsigned op = 0;
    std::string text;
    friend bool operator==(const spoken&, const spoken&) = default;
};

/// One end of a connection that wslay drives.
class wslay_end {
public:
    explicit wslay_end(ws::role self) {
        wslay_event_callbacks callbacks{};
        callbacks.recv_callback = receive;
        callbacks.send_callback = send;
        callbacks.genmask_callback = make_mask;
        callbacks.on_msg_recv_callback = take;
        if (self == ws::role::server) {
            wslay_event_context_server_init(&context_, &callbacks, this);
        } else {
            wslay_event_context_client_init(&context_, &callbacks, this);
        }
    }
    wslay_end(const wslay_end&) = delete;
    wslay_end& operator=(const wslay_end&) = delete;
    ~wslay_end() { wslay_event_context_free(context_); }

    void feed(std::string_view bytes) {
        input_ += bytes;
        EXPECT_EQ(wslay_event_recv(context_), 0);
    }
    void say(const spoken& message) {
        const wslay_event_msg all{static_cast<std::uint8_t>(message.op),
                                  reinterpret_cast<const std::uint8_t*>(message.text.data()),
                                  message.text.size()};
        EXPECT_EQ(wslay_event_queue_msg(context_, &all), 0);
        EXPECT_EQ(wslay_event_send(context_), 0);
    }
    /// In frames of 4096 bytes, as wslay cuts them.
    void say_in_fragments(const spoken& message) {
        rest_ = message.text;
        wslay_event_fragmented_msg parts{};
        parts.opcode = static_cast<std::uint8_t>(message.op);
        parts.read_callback = read_part;
        EXPECT_EQ(wslay_event_queue_fragmented_msg(context_, &parts), 0);
        EXPECT_EQ(wslay_event_send(context_), 0);
    }
    void close(std::uint16_t code, std::string_view reason) {
        wslay_event_queue_close(
            context_, code, reinterpret_cast<const std::uint8_t*>(reason.data()), reason.size());
        EXPECT_EQ(wslay_event_send(context_), 0);
    }
    std::vector<spoken> heard;
    std::string output;
    unsigned closed_with = 0;

private:
    using context_ptr = wslay_event_context_ptr;
    static wslay_end& of(void* user) { return *static_cast<wslay_end*>(user); }

    static ssize_t receive(context_ptr context, std::uint8_t* to, std::size_t size, int,
                           void* user) {
        std::string& input = of(user).input_;
        if (input.empty()) {
            wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
            return -1;
        }
        const std::size_t count = std::min(size, input.size());
        std::memcpy(to, input.data(), count);
        input.erase(0, count);
        return static_cast<ssize_t>(count);
    }
    static ssize_t send(context_ptr, const std::uint8_t* from, std::size_t size, int, void* user) {
        of(user).output.append(reinterpret_cast<const char*>(from), size);
        return static_cast<ssize_t>(size);
    }
    static int make_mask(context_ptr, std::uint8_t* to, std::size_t size, void* user) {
        for (std::size_t i = 0; i < size; ++i)
            to[i] = static_cast<std::uint8_t>(of(user).random_() & 0xff);
        return 0;
    }
    static void take(context_ptr, const wslay_event_on_msg_recv_arg* message, void* user) {
        if (message->opcode == WSLAY_CONNECTION_CLOSE) of(user).closed_with = message->status_code;
        of(user).heard.push_back(
            {message->opcode,
             std::string{reinterpret_cast<const char*>(message->msg), message->msg_length}});
    }
    static ssize_t read_part(context_ptr, std::uint8_t* to, std::size_t size,
                             const wslay_event_msg_source*, int* is_end, void* user) {
        std::string& rest = of(user).rest_;
        const std::size_t count = std::min(size, rest.size());
        std::memcpy(to, rest.data(), count);
        rest.erase(0, count);
        *is_end = rest.empty() ? 1 : 0;
        return static_cast<ssize_t>(count);
    }

    context_ptr context_ = nullptr;
    std::string input_;
    std::string rest_;
    std::mt19937 random_{seed};
};

std::string random_text(std::mt19937& random, unsigned op) {
    constexpr std::size_t sizes[] = {0, 1, 5, 124, 125, 126, 127, 1000, 65535, 65536, 70'000};
    std::string text(sizes[random() % (op >= 8 ? 5 : std::size(sizes))], '\0');
    for (char& c : text)
        c = static_cast<char>(op == 1 ? ' ' + random() % 90 : random());
    return text;
}

spoken random_message(std::mt19937& random) {
    constexpr unsigned ops[] = {1, 2, 1, 2, 9, 10};
    const unsigned op = ops[random() % std::size(ops)];
    return {op, random_text(random, op)};
}

/// What our reader hears, with the close at its end.
std::vector<spoken> read_all(ws::role self, std::string bytes) {
    ws::frame_reader reader{self};
    patio::byte_span input{bytes};
    std::vector<spoken> heard;
    spoken message;
    for (;;) {
        const ws::event event = reader.next(input);
        switch (event.kind) {
            case ws::event_kind::message_begin:
                message = {static_cast<unsigned>(event.message), {}};
                break;
            case ws::event_kind::data:
                message.text += event.text();
                break;
            case ws::event_kind::message_end:
                heard.push_back(message);
                break;
            case ws::event_kind::ping:
                heard.push_back({9, std::string{event.text()}});
                break;
            case ws::event_kind::pong:
                heard.push_back({10, std::string{event.text()}});
                break;
            case ws::event_kind::close:
                heard.push_back({static_cast<unsigned>(event.code), std::string{event.text()}});
                break;
            case ws::event_kind::failed:
                ADD_FAILURE() << ws::describe(event.error);
                [[fallthrough]];
            case ws::event_kind::need_more:
                return heard;
        }
    }
}

ws::frame_writer make_writer(ws::role self, std::mt19937& random) {
    if (self == ws::role::server) return ws::frame_writer::for_server();
    return ws::frame_writer::for_client([&random] {
        ws::mask_key key;
        for (std::byte& each : key)
            each = static_cast<std::byte>(random() & 0xff);
        return key;
    });
}

/// In one frame or in some, with a Ping in between now and then.
void write(ws::frame_writer& writer, const spoken& message, std::mt19937& random, std::string& to,
           std::vector<spoken>& said) {
    if (message.op == 9) to += ws_test::to_string(writer.ping(message.text));
    if (message.op == 10) to += ws_test::to_string(writer.pong(message.text));
    if (message.op < 8) {
        const auto kind = static_cast<ws::message_kind>(message.op);
        std::string_view rest = message.text;
        std::vector<std::byte> bytes;
        while (random() % 3 == 0) {
            const std::size_t cut = random() % (rest.size() + 1);
            bytes.clear();
            writer.append(bytes, kind, rest.substr(0, cut), ws::frame_position::more_follow);
            to += ws_test::to_string(bytes);
            rest.remove_prefix(cut);
            if (random() % 2 == 0) {
                to += ws_test::to_string(writer.ping("between"));
                said.push_back({9, "between"});
            }
        }
        bytes.clear();
        writer.append(bytes, kind, rest);
        to += ws_test::to_string(bytes);
    }
    said.push_back(message);
}

TEST(wslay, reads_what_we_write) {
    for (const ws::role self : {ws::role::client, ws::role::server}) {
        std::mt19937 random{seed};
        wslay_end peer{self == ws::role::client ? ws::role::server : ws::role::client};
        ws::frame_writer writer = make_writer(self, random);
        std::vector<spoken> said;
        for (int i = 0; i < 200; ++i) {
            std::string bytes;
            write(writer, random_message(random), random, bytes, said);
            peer.feed(bytes);
        }
        EXPECT_EQ(peer.heard, said) << "seed " << seed;
        peer.feed(ws_test::to_string(writer.close(ws::close_code::going_away, "bye")));
        EXPECT_EQ(peer.closed_with, 1001U);
    }
}

TEST(wslay, writes_what_we_read) {
    for (const ws::role self : {ws::role::client, ws::role::server}) {
        std::mt19937 random{seed};
        wslay_end peer{self == ws::role::client ? ws::role::server : ws::role::client};
        std::vector<spoken> said;
        for (int i = 0; i < 200; ++i) {
            const spoken message = random_message(random);
            if (message.op < 8 && random() % 2 == 0) {
                peer.say_in_fragments(message);
            } else {
                peer.say(message);
            }
            said.push_back(message);
        }
        peer.close(4000, "enough");
        said.push_back({4000, "enough"});
        EXPECT_EQ(read_all(self, peer.output), said) << "seed " << seed;
    }
}

}  // namespace
