// SPDX-License-Identifier: MIT

// The floor for WebSockets: it echoes frames as they come, in the buffer that they came in.
//
//     bench_http_floor_ws ws | --about

#include "../net/floor_edges.hpp"
#include "floor_websocket.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using namespace floor_of;

constexpr std::size_t frame_bytes_max = std::size_t{64} * 1024;
constexpr unsigned last_frame = 0x80;
enum opcode : unsigned { continuation = 0, text = 1, binary = 2, end = 8, ping = 9, pong = 10 };

class connection {
public:
    explicit connection(int descriptor) : descriptor_{descriptor} {}
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection() { close(descriptor_); }

    /// Echoes what has come; false when the connection is at its end. A read that does not fill
    /// the buffer has emptied the socket, and there will be an edge when more comes.
    bool serve(bool has_end) {
        static char buffer[frame_bytes_max];
        if (!send_owed()) return !is_over_;
        for (;;) {
            const std::size_t held = begun_.size();
            const std::size_t space = sizeof buffer - held;
            const ssize_t count = recv(descriptor_, buffer + held, space, MSG_DONTWAIT);
            if (count < 0 && errno == EAGAIN) return true;
            if (count <= 0) return false;
            std::memcpy(buffer, begun_.data(), held);
            const std::size_t length = held + static_cast<std::size_t>(count);
            const std::size_t used = take(buffer, length);
            begun_.assign(buffer + used, length - used);
            if (is_over_ || begun_.size() == sizeof buffer) return false;
            if (!owed_.empty()) return true;
            if (length < sizeof buffer && !has_end) return true;
        }
    }

private:
    /// Takes what has come whole; how many bytes that was.
    std::size_t take(char* bytes, std::size_t size) {
        std::size_t used = is_open_ ? 0 : open({bytes, size});
        while (is_open_ && !is_over_) {
            const std::size_t frame = take_frame(bytes + used, size - used);
            if (frame == 0) break;
            used += frame;
        }
        return used;
    }

    std::size_t open(std::string_view came) {
        constexpr std::string_view name = "\r\nSec-WebSocket-Key: ";
        const std::size_t head_end = came.find("\r\n\r\n");
        if (head_end == std::string_view::npos) return 0;
        const std::size_t field = came.find(name);
        is_over_ = field > head_end;
        if (is_over_) return 0;
        const std::size_t begin = field + name.size();
        const std::string answer =
            "HTTP/1.1 101 Switching Protocols\r\n"
            "Upgrade: websocket\r\n"
            "Connection: Upgrade\r\n"
            "Sec-WebSocket-Accept: " +
            accept_for(came.substr(begin, came.find("\r\n", begin) - begin)) + "\r\n\r\n";
        send_all(answer.data(), answer.size());
        is_open_ = true;
        return head_end + 4;
    }

    /// Answers one frame, if it has come whole; its size, or 0. RFC 6455 section 5.2.
    std::size_t take_frame(char* bytes, std::size_t size) {
        if (size < 2) return 0;
        const auto byte = [&](std::size_t i) {
            return unsigned{static_cast<unsigned char>(bytes[i])};
        };
        const bool is_long = (byte(1) & 0x7f) == 126;
        // A client that sends no mask, or more than fits, is not one of this floor's.
        is_over_ = (byte(1) & 0x80) == 0 || (byte(1) & 0x7f) == 127;
        const std::size_t head = is_long ? 8 : 6;
        if (is_over_ || size < head) return 0;
        const std::size_t length = is_long ? byte(2) << 8 | byte(3) : byte(1) & 0x7f;
        if (size - head < length) return 0;
        unmask(bytes + head, length, bytes + head - 4);
        answer(byte(0), bytes + head, length);
        return head + length;
    }

    void answer(unsigned first, char* payload, std::size_t size) {
        const unsigned kind = first & 0x0f;
        if (kind == pong) return;
        if (kind == ping) return send_frame(last_frame | pong, payload, size);
        if (kind != end && !is_right(first, payload, size)) {
            char goodbye[]{0, 0, '\x03', '\xef'};  // 1007: section 7.4.1
            is_over_ = true;
            return send_frame(last_frame | end, goodbye + 2, 2);
        }
        send_frame(first, payload, size);
        is_over_ = is_over_ || (first & 0x0f) == end;
    }

    /// Whether a text still is UTF-8 with this frame. A frame that is too much at this place is not
    /// noticed.
    bool is_right(unsigned first, const char* payload, std::size_t size) {
        if ((first & 0x0f) != continuation) {
            is_text_ = (first & 0x0f) == text;
            check_ = {};
        }
        if (!is_text_) return true;
        return check_.take(payload, size) && ((first & last_frame) == 0 || check_.is_whole());
    }

    /// Writes the head in front of the payload, where a longer one has been.
    void send_frame(unsigned first, char* payload, std::size_t size) {
        const std::size_t head = size < 126 ? 2 : 4;
        char* const begin = payload - head;
        begin[0] = static_cast<char>(first);
        begin[1] = static_cast<char>(size < 126 ? size : 126);
        if (head == 4) {
            begin[2] = static_cast<char>(size >> 8);
            begin[3] = static_cast<char>(size & 0xff);
        }
        send_all(begin, head + size);
    }

    void send_all(const char* from, std::size_t size) {
        const std::size_t sent = owed_.empty() ? send_some(from, size) : 0;
        if (sent < size) owed_.append(from + sent, size - sent);
    }

    /// Whether nothing is owed; if there is, there will be an edge when there is space.
    bool send_owed() {
        if (owed_.empty()) return true;
        owed_.erase(0, send_some(owed_.data(), owed_.size()));
        return owed_.empty();
    }

    std::size_t send_some(const char* from, std::size_t size) {
        const ssize_t count = send(descriptor_, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        is_over_ = is_over_ || (count < 0 && errno != EAGAIN);
        return count < 0 ? 0 : static_cast<std::size_t>(count);
    }

    int descriptor_;
    std::string begun_;  // of a frame that has not come whole
    std::string owed_;   // what the peer had no room for
    utf8_check check_;
    bool is_text_ = false;
    bool is_open_ = false;
    bool is_over_ = false;
};

}  // namespace

int main(int argc, char** argv) {
    const std::string_view scheme = argc == 2 ? argv[1] : "";
    if (scheme == "--about") {
        std::printf("epoll, edges (%s)\n", bench::compiler);
        return 0;
    }
    if (scheme != "ws") return 3;
    raise_descriptor_limit();
    serve_edges<connection>(listen_as("tcp", nullptr),
                            [](int descriptor) { return new connection{descriptor}; });
}
