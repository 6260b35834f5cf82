// SPDX-License-Identifier: MIT

// Whatever a WebSocket peer sends, and however it is cut: the same events, no more of a message
// than its limit, no piece larger than promised. What we write, compressed or not, we read.

#include "wire_ws/deflate_agreement.hpp"
#include "wire_ws/frame_reader.hpp"
#include "wire_ws/frame_writer.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace ws = patio::wire::ws;

constexpr std::uint64_t message_bytes_max = 5000;

struct setting {
    ws::role self = ws::role::server;
    bool is_compressed = false;
    ws::deflate_agreement compression;
};

ws::frame_reader make_reader(const setting& how) {
    ws::reader_limits limits;
    limits.message_bytes_max = message_bytes_max;
    limits.frame_bytes_max = 4000;
    limits.fragments_max = 20;
    if (!how.is_compressed) return ws::frame_reader{how.self, limits};
    return ws::frame_reader{how.self, limits, how.compression};
}

/// Events as a text in which only the cuts between data are left out.
class recorder {
public:
    explicit recorder(const setting& how) : reader_{make_reader(how)} {}

    void feed(std::string_view bytes) {
        std::vector<char> copy{bytes.begin(), bytes.end()};
        patio::byte_span input{copy};
        while (!is_over_) {
            const ws::event event = reader_.next(input);
            if (event.kind == ws::event_kind::need_more) {
                if (!input.empty()) std::abort();
                return;
            }
            add(event);
        }
    }
    std::string text;

private:
    void add(const ws::event& event) {
        if (event.kind == ws::event_kind::data) {
            if (event.bytes.empty()) std::abort();
            if (event.bytes.size() > ws::frame_reader::piece_bytes_max) std::abort();
            message_bytes_ += event.bytes.size();
            if (message_bytes_ > message_bytes_max) std::abort();
            text += event.text();
            return;
        }
        if (event.kind == ws::event_kind::message_begin) message_bytes_ = 0;
        text += "\n<" + std::to_string(static_cast<int>(event.kind)) + " " +
                std::to_string(static_cast<int>(event.message)) + " " +
                std::to_string(static_cast<int>(event.error)) + " " +
                std::to_string(static_cast<int>(event.code)) + " " + std::string{event.text()} +
                ">\n";
        is_over_ = event.kind == ws::event_kind::close || event.kind == ws::event_kind::failed;
        if (is_over_ && event.code != ws::close_code::none && !ws::is_sendable(event.code))
            std::abort();
    }

    ws::frame_reader reader_;
    std::uint64_t message_bytes_ = 0;
    bool is_over_ = false;
};

std::string read_in_steps(const setting& how, std::string_view bytes, std::size_t step) {
    recorder all{how};
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size())))
        all.feed(bytes.substr(0, step));
    return all.text;
}

void check_cuts(const setting& how, std::string_view bytes, std::size_t cut) {
    recorder whole{how};
    whole.feed(bytes);
    if (read_in_steps(how, bytes, 1) != whole.text) std::abort();
    if (read_in_steps(how, bytes, cut % 30 + 2) != whole.text) std::abort();
    recorder halves{how};
    cut = std::min(cut, bytes.size());
    halves.feed(bytes.substr(0, cut));
    halves.feed(bytes.substr(cut));
    if (halves.text != whole.text) std::abort();
}

std::string compress(ws::deflater& with, std::string_view text, std::size_t room) {
    std::string all;
    std::vector<std::byte> piece(room);
    patio::byte_view input = text;
    while (!input.empty()) {
        const std::size_t count = with.write(input, piece);
        all.append(reinterpret_cast<const char*>(piece.data()), count);
    }
    for (;;) {
        const auto end = with.finish(piece);
        all.append(reinterpret_cast<const char*>(piece.data()), end.bytes);
        if (end.is_done) return all;
    }
}

/// Writes the text twice as a binary message of two frames, and reads it.
void check_round_trip(const setting& how, std::string_view text, std::size_t cut) {
    if (text.empty()) return;
    const bool is_to_server = how.self == ws::role::server;
    auto writer = is_to_server ? ws::frame_writer::for_client([] {
        return ws::mask_key{std::byte{9}, std::byte{0xa8}, std::byte{7}, std::byte{0x66}};
    })
                               : ws::frame_writer::for_server();
    ws::deflater::settings settings;
    const auto& agreed = how.compression;
    settings.window_bits = is_to_server ? agreed.client_window_bits : agreed.server_window_bits;
    settings.memory_level = 1;
    const bool drops = is_to_server ? agreed.client_drops_context : agreed.server_drops_context;
    if (drops) settings.between_messages = ws::context::dropped;
    ws::deflater with{settings};
    std::string expected;
    std::vector<std::byte> bytes;
    for (int i = 0; i < 2; ++i) {
        const std::string payload =
            how.is_compressed ? compress(with, text, 16 + cut % 50) : std::string{text};
        const auto form =
            how.is_compressed ? ws::payload_form::compressed : ws::payload_form::plain;
        const std::size_t first = std::min(cut, payload.size());
        writer.append(bytes, ws::message_kind::binary, payload.substr(0, first),
                      ws::frame_position::more_follow, form);
        writer.append(bytes, ws::message_kind::binary, payload.substr(first));
        expected += "\n<1 2 0 1005 >\n" + std::string{text} + "\n<3 2 0 1005 >\n";
    }
    recorder read{how};
    read.feed({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    if (read.text != expected) std::abort();
}

/// What a server agrees to is written as a client of the same wishes takes it.
void check_agreement(std::string_view offers) {
    const auto answer = ws::choose_offer(offers, {});
    if (answer.status != ws::agreement_status::agreed) return;
    const auto taken = ws::check_answer(answer.field, {});
    if (taken.status != ws::agreement_status::agreed) std::abort();
    if (taken.agreement != answer.agreement) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    setting how;
    how.self = (data[0] & 1) != 0 ? ws::role::server : ws::role::client;
    how.is_compressed = (data[0] & 2) != 0;
    how.compression.server_drops_context = how.compression.client_drops_context =
        (data[0] & 4) != 0;
    how.compression.server_window_bits = how.compression.client_window_bits = 8 + (data[0] >> 5);
    const std::size_t cut = data[1] + (std::size_t{data[2]} << 8 & 0x300U);
    const std::string_view bytes{reinterpret_cast<const char*>(data + 3), size - 3};
    check_cuts(how, bytes, cut);
    check_round_trip(how, bytes, cut);
    check_agreement(bytes);
    return 0;
}
