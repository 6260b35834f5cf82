// SPDX-License-Identifier: MIT

// The echo server on Patio, through its public headers only.
//
//     bench_net_patio [--driver=uring|epoll] tcp | unix PATH | tls CERTIFICATE KEY | --about

#include "../support/harness.hpp"

#include <patio/patio.hpp>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t buffer_size = std::size_t{32} * 1024;

patio::async<> echo(patio::stream peer) {
    const auto buffer = std::make_unique_for_overwrite<char[]>(buffer_size);
    const patio::byte_span all{buffer.get(), buffer_size};
    while (const auto count = co_await peer.read_some(all)) {
        const patio::byte_view received{buffer.get(), count};
        co_await peer.write(received);
    }
}

patio::async<> serve(patio::endpoint at, patio::serve_options options) {
    auto door = patio::listener::open(at, patio::listen_options{}.backlog(4096));
    const patio::endpoint& where = door.local_endpoint();
    if (where.is_ip()) {
        std::printf("listening %d\n", int{where.port()});
    } else {
        std::printf("listening %s\n", where.unix_name().c_str());
    }
    std::fflush(stdout);
    auto serving = patio::serve(std::move(door), echo, options);
    co_await std::move(serving);
}

std::optional<patio::driver_kind> driver_of(std::string_view option) {
    if (option == "--driver=uring") return patio::driver_kind::io_uring;
    if (option == "--driver=epoll") return patio::driver_kind::epoll;
    return {};
}

std::optional<patio::endpoint> endpoint_of(const std::vector<std::string_view>& words) {
    const std::string_view family = words.empty() ? "" : words[0];
    if (family == "unix" && words.size() == 2) return patio::endpoint::unix_socket(words[1]);
    const bool is_ip =
        (family == "tcp" && words.size() == 1) || (family == "tls" && words.size() == 3);
    if (!is_ip) return {};
    return patio::endpoint::parse("127.0.0.1:0");
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string_view> words(argv + 1, argv + argc);
    patio::run_options options;
    std::string_view driver = "the best driver";
    if (!words.empty()) {
        if (const auto chosen = driver_of(words[0])) {
            options.driver(*chosen);
            driver = words[0].substr(2);
            words.erase(words.begin());
        }
    }
    if (words.size() == 1 && words[0] == "--about") {
        std::printf("Patio, %.*s (%s)\n", static_cast<int>(driver.size()), driver.data(),
                    bench::compiler);
        return 0;
    }
    const auto at = endpoint_of(words);
    if (!at) return 3;
    patio::serve_options how;
    patio::tls::server_context context;
    if (words[0] == "tls") {
        context.load_cert_chain(std::string{words[1]}, std::string{words[2]});
        how.tls(context);
    }
    patio::run(serve(*at, how), options);
}
