// SPDX-License-Identifier: MIT
#pragma once

// A server that says what a test tells it, at the other end of a client's connections through
// memory.

#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>
#include <patio/http/client_options.hpp>
#include <patio/testing/memory_stream.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace patio::test_support {

/// Reads a request: its head, and a body that has a length or comes in chunks, as it was sent.
/// **Returns** an empty string at the end of the stream.
inline async<std::string> read_request(stream& from) {
    auto reading = from.read_until("\r\n\r\n");
    const auto head = co_await std::move(reading);
    if (!head) co_return std::string{};
    std::string all = *head;
    const std::size_t at = all.find("Content-Length: ");
    if (at != std::string::npos) {
        const std::size_t count = std::stoul(all.substr(at + 16));
        auto reading_rest = from.read_exactly(count);
        all += co_await std::move(reading_rest);
    } else if (all.find("Transfer-Encoding: chunked") != std::string::npos) {
        while (!all.ends_with("\r\n0\r\n\r\n")) {
            auto reading_line = from.read_until("\r\n");
            const auto line = co_await std::move(reading_line);
            if (!line) co_return std::string{};
            all += *line;
        }
    }
    co_return all;
}

/// 200 with a text.
inline std::string ok(const std::string& text, const std::string& fields = {}) {
    return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(text.size()) +
           "\r\n\r\n" + text;
}
inline std::string redirect(int status, const std::string& to) {
    return "HTTP/1.1 " + std::to_string(status) + " Elsewhere\r\nLocation: " + to +
           "\r\nContent-Length: 4\r\n\r\ngone";
}

class scripted_server {
public:
    using answers = std::vector<std::string>;
    using handler = std::function<async<>(stream&)>;

    /// Says nothing to this request.
    static inline const std::string silence = "(silence)";
    /// Closes the connection instead of an answer.
    static inline const std::string hang_up = "(hang up)";

    /// The next connection gets these answers, and then stays open.
    scripted_server& on_connection(answers all) {
        scripts_.push_back([this, all](stream& peer) { return give(peer, all); });
        return *this;
    }
    scripted_server& on_connection(handler serves) {
        scripts_.push_back(std::move(serves));
        return *this;
    }
    /// What lines are like.
    scripted_server& line(testing::memory_options how) {
        line_ = how;
        return *this;
    }

    /// For clients. Beyond the connections that a test has said something about, they are refused.
    [[nodiscard]] http::connector connector() {
        return [this](std::string host, std::uint16_t port) { return open(std::move(host), port); };
    }
    [[nodiscard]] http::client_options options() {
        return http::client_options{}.without_proxy().connector(connector());
    }

    std::vector<std::string> opened;    // "host:port"
    std::vector<std::string> requests;  // as they came
    std::size_t open_count = 0;         // connections that the client has not closed

private:
    async<stream> open(std::string host, std::uint16_t port) {
        opened.push_back(host + ":" + std::to_string(port));
        if (opened.size() > scripts_.size())
            throw error{make_error_code(std::errc::connection_refused), "connecting"};
        testing::stream_pair ends = testing::memory_streams(line_);
        create_task(serve(*this, std::move(ends.second), scripts_[opened.size() - 1]));
        co_return std::move(ends.first);
    }
    static async<> serve(scripted_server& self, stream peer, handler serves) {
        ++self.open_count;
        try {
            auto serving = serves(peer);
            co_await std::move(serving);
        } catch (const error&) {  // the client has gone
        }
        --self.open_count;
    }
    async<> give(stream& peer, answers all) {
        for (const std::string& answer : all) {
            auto reading = read_request(peer);
            std::string request = co_await std::move(reading);
            if (request.empty()) co_return;
            requests.push_back(std::move(request));
            if (answer == hang_up) co_return;
            if (answer != silence) co_await peer.write(answer);
        }
        co_await peer.read_all();
    }

    std::vector<handler> scripts_;
    testing::memory_options line_;
};

}  // namespace patio::test_support
