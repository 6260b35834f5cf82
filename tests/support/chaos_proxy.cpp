// SPDX-License-Identifier: MIT

#include "chaos_proxy.hpp"

#include <algorithm>
#include <array>

#include <sys/socket.h>

namespace patio::test_support {

namespace {

void reset(stream& peer) {
    const linger at_once{1, 0};
    ::setsockopt(peer.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    peer.abort();
}

}  // namespace

/// One connection through the proxy.
class chaos_line {
public:
    chaos_line(const chaos& how, stream client, stream server)
        : how_{how}, client_{std::move(client)}, server_{std::move(server)} {}

    async<> carry() {
        try {
            co_await gather(to_server(), to_client());
        } catch (const error&) {
            // One side has gone: the other one is closed with this line.
        }
    }

private:
    async<> to_server() {
        std::array<char, 64 * 1024> buffer;
        for (;;) {
            const std::size_t count =
                co_await client_.read_some(byte_span{buffer}.first(how_.slice_bytes_));
            if (count == 0) break;
            if (how_.latency_ > duration{}) co_await sleep(how_.latency_);
            co_await server_.write(byte_view{buffer}.first(count));
        }
        co_await server_.shutdown();
    }

    async<> to_client() {
        std::array<char, 64 * 1024> buffer;
        std::size_t left = how_.break_after_;
        for (;;) {
            const std::size_t wanted = std::min(how_.slice_bytes_, left);
            if (wanted == 0) {
                co_await break_down();
                co_return;
            }
            const std::size_t count = co_await server_.read_some(byte_span{buffer}.first(wanted));
            if (count == 0) break;
            left -= count;
            if (how_.latency_ > duration{}) co_await sleep(how_.latency_);
            co_await client_.write(byte_view{buffer}.first(count));
        }
        co_await client_.shutdown();
    }

    async<> break_down() {
        switch (how_.fault_) {
            case chaos::fault::none:
            case chaos::fault::half_close:
                co_await client_.shutdown();
                break;
            case chaos::fault::reset:
                reset(client_);
                reset(server_);
                break;
            case chaos::fault::silence:
                co_await sleep(duration::forever());
                break;
            case chaos::fault::drop:
                for (;;) {
                    const std::string lost = co_await server_.read_some(std::size_t{4096});
                    if (lost.empty()) break;
                }
                co_await client_.shutdown();
                break;
        }
    }

    chaos how_;
    stream client_;
    stream server_;
};

namespace {

async<> carry_line(stream client, endpoint target, chaos how) {
    stream server = co_await open_connection(target);
    chaos_line line{how, std::move(client), std::move(server)};
    co_await line.carry();
}

}  // namespace

async<server> start_chaos_proxy(endpoint target, chaos how) {
    auto carry = [target = std::move(target), how](stream client) {
        return carry_line(std::move(client), target, how);
    };
    server proxy = co_await start_server(std::move(carry), endpoint{ip_address::loopback_v4(), 0});
    co_return proxy;
}

}  // namespace patio::test_support
