// SPDX-License-Identifier: MIT

#include "ws_pair.hpp"

#include "ws/opening.hpp"
#include "ws_events.hpp"

#include <patio/core/gather.hpp>

#include <optional>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

namespace patio::test_support {

namespace {

/// A head's lines, taken apart.
struct head {
    std::string first_line;
    ws::detail::field_lines lines;

    [[nodiscard]] std::vector<wire::ws::field> views() const {
        std::vector<wire::ws::field> all;
        for (const auto& [name, value] : lines)
            all.push_back({name, value});
        return all;
    }
};

async<head> read_head(stream& from) {
    head read;
    std::optional<std::string> line = co_await from.read_line();
    if (line) read.first_line = *line;
    while (line && !line->empty()) {
        line = co_await from.read_line();
        if (!line || line->empty()) break;
        const std::size_t colon = line->find(": ");
        read.lines.emplace_back(line->substr(0, colon), line->substr(colon + 2));
    }
    co_return read;
}

std::string written(std::string first_line, const ws::detail::field_lines& lines) {
    for (const auto& [name, value] : lines)
        first_line.append("\r\n").append(name).append(": ").append(value);
    return first_line + "\r\n\r\n";
}

/// Passes on nothing but where the transport below is.
class pointer_to_transport final : public transport {
public:
    explicit pointer_to_transport(transport* lower) noexcept : lower_{lower} {}
    async<std::size_t> read_some(byte_span) override { co_return std::size_t{0}; }
    async<> write(byte_views) override { co_return; }
    async<> shutdown() override { co_return; }
    async<> close() override { co_return; }
    void abort() noexcept override {}
    [[nodiscard]] transport* next_layer() noexcept override { return lower_; }

private:
    transport* lower_;
};

ws_end end_of(wire::ws::role self, testing::memory_options line,
              const ws::connection_options& options) {
    testing::stream_pair ends = testing::memory_streams(line);
    ws::detail::agreement agreed;
    agreed.self = self;
    return {ws::detail::make_connection(std::move(ends.first), agreed, options),
            std::move(ends.second)};
}

}  // namespace

async<ws::connection> accept_websocket(stream over, ws::accept_options options) {
    const head request = co_await read_head(over);
    const std::vector<wire::ws::field> fields = request.views();
    wire::ws::opening_request asked;
    asked.method = std::string_view{request.first_line}.substr(0, request.first_line.find(' '));
    asked.lines = fields;
    const ws::detail::server_opening answer = ws::detail::accept_opening(asked, options);
    const std::string status = "HTTP/1.1 " + std::to_string(answer.status) + " " + answer.text;
    const std::string text = written(status, answer.fields);
    co_await over.write(text);
    if (!answer.is_accepted()) throw std::runtime_error{answer.text};
    co_return ws::detail::make_connection(std::move(over), answer.agreed,
                                          ws::detail::connection_of(options));
}

async<ws::connection> connect_websocket(stream over, ws::connect_options options,
                                        std::string target) {
    const ws::detail::client_opening opening{options};
    ws::detail::field_lines lines = opening.fields();
    lines.emplace_back("Host", "localhost");
    const std::string request = written("GET " + target + " HTTP/1.1", lines);
    co_await over.write(request);
    const head answer = co_await read_head(over);
    if (answer.first_line.size() < 12) throw std::runtime_error{"there was no answer"};
    const std::vector<wire::ws::field> fields = answer.views();
    const int status = std::stoi(answer.first_line.substr(9, 3));
    ws::detail::agreement agreed = opening.check(status, fields);
    co_return ws::detail::make_connection(std::move(over), std::move(agreed),
                                          ws::detail::connection_of(options));
}

async<ws_pair> open_ws_pair(testing::memory_options line, ws::connection_options client,
                            ws::connection_options server) {
    testing::stream_pair ends = testing::memory_streams(line);
    stream pointer{std::make_unique<pointer_to_transport>(ends.first.carrier())};
    ws::connect_options connecting;
    connecting.connection(client);
    ws::accept_options accepting;
    accepting.connection(server);
    auto both = gather(connect_websocket(std::move(ends.first), std::move(connecting)),
                       accept_websocket(std::move(ends.second), std::move(accepting)));
    auto [first, second] = co_await std::move(both);
    co_return ws_pair{std::move(first), std::move(second), std::move(pointer)};
}

ws_end server_end(testing::memory_options line, const ws::connection_options& options) {
    return end_of(wire::ws::role::server, line, options);
}
ws_end client_end(testing::memory_options line, const ws::connection_options& options) {
    return end_of(wire::ws::role::client, line, options);
}

std::string noise(std::size_t size) {
    std::minstd_rand source;
    std::string bytes;
    bytes.reserve(size);
    while (bytes.size() < size)
        bytes += static_cast<char>(source() >> 8 & 0xffU);
    return bytes;
}

std::string from_client(unsigned first, std::string_view payload) {
    return ws_test::frame(
        first, payload,
        wire::ws::mask_key{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}});
}
std::string from_server(unsigned first, std::string_view payload) {
    return ws_test::frame(first, payload);
}

}  // namespace patio::test_support
