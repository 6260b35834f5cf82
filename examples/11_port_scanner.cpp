// SPDX-License-Identifier: MIT

// Hundreds of attempts, never more than fifty at a time.

#include <patio/patio.hpp>

#include <cstdint>
#include <cstdio>
#include <vector>

using namespace std::chrono_literals;

patio::async<> try_port(std::uint16_t port, std::vector<std::uint16_t>& open) {
    const patio::endpoint to{patio::ip_address::loopback_v4(), port};
    try {
        co_await patio::open_connection(to, patio::connect_options{}.timeout(200ms));
        open.push_back(port);
    } catch (const patio::error& failure) {
        if (failure.code() != std::errc::connection_refused) std::printf("%s\n", failure.what());
    }
}

patio::async<std::vector<std::uint16_t>> scan(std::uint16_t first, int count) {
    std::vector<std::uint16_t> open;
    patio::semaphore slots{50};
    const auto try_all = [&](patio::task_group& attempts) -> patio::async<> {
        const auto attempt = [&](std::uint16_t port, patio::semaphore_permit) -> patio::async<> {
            co_await try_port(port, open);  // the permit goes back when this ends
        };
        for (int i = 0; i < count; ++i) {
            patio::semaphore_permit slot = co_await slots.acquire();
            const int port = first + i;
            if (port > 65535) break;
            attempts.spawn(attempt, static_cast<std::uint16_t>(port), std::move(slot));
        }
    };
    co_await patio::with_task_group(try_all);
    co_return open;
}

patio::async<> program() {
    // Something to be found.
    auto door = patio::listener::open(patio::endpoint::parse("127.0.0.1:0"));
    const std::uint16_t port = door.local_endpoint().port();

    const std::vector<std::uint16_t> open = co_await scan(port, 300);
    bool is_found = false;
    for (const std::uint16_t each : open)
        is_found = is_found || each == port;
    std::printf("%zu of 300 ports are open; ours is %s\n", open.size(),
                is_found ? "among them" : "missing");
}

int main() { patio::run(program()); }
