// SPDX-License-Identifier: MIT

// The echo server on Asio, with coroutines: what its own examples show.

#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>

// Asio 1.22 knows Clang's coroutines only by the macro of their technical specification.
#define ASIO_HAS_CO_AWAIT 1
#define ASIO_HAS_STD_COROUTINE 1
#include <asio.hpp>

namespace {

constexpr std::size_t buffer_size = std::size_t{32} * 1024;

template <class Socket>
asio::awaitable<void> echo(Socket socket) {
    const auto buffer = std::make_unique_for_overwrite<char[]>(buffer_size);
    for (;;) {
        asio::error_code failure;
        const auto length =
            co_await socket.async_read_some(asio::buffer(buffer.get(), buffer_size),
                                            asio::redirect_error(asio::use_awaitable, failure));
        if (failure) co_return;
        co_await asio::async_write(socket, asio::buffer(buffer.get(), length),
                                   asio::redirect_error(asio::use_awaitable, failure));
        if (failure) co_return;
    }
}

void send_at_once(asio::ip::tcp::socket& socket) {
    socket.set_option(asio::ip::tcp::no_delay{true});
}
void send_at_once(asio::local::stream_protocol::socket&) {}

template <class Acceptor>
asio::awaitable<void> serve(Acceptor acceptor) {
    for (;;) {
        auto socket = co_await acceptor.async_accept(asio::use_awaitable);
        send_at_once(socket);
        asio::co_spawn(acceptor.get_executor(), echo(std::move(socket)), asio::detached);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view family = argc > 1 ? argv[1] : "";
    if (family == "--about") {
        std::printf("Asio %d.%d.%d\n", ASIO_VERSION / 100'000, ASIO_VERSION / 100 % 1'000,
                    ASIO_VERSION % 100);
        return 0;
    }
    asio::io_context context{1};
    if (family == "tcp") {
        asio::ip::tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
        acceptor.listen(4096);
        std::printf("listening %d\n", int{acceptor.local_endpoint().port()});
        asio::co_spawn(context, serve(std::move(acceptor)), asio::detached);
    } else if (family == "unix" && argc == 3) {
        asio::local::stream_protocol::acceptor acceptor{context, {argv[2]}};
        acceptor.listen(4096);
        std::printf("listening %s\n", argv[2]);
        asio::co_spawn(context, serve(std::move(acceptor)), asio::detached);
    } else {
        return 3;
    }
    std::fflush(stdout);
    context.run();
}
