// SPDX-License-Identifier: MIT
#pragma once

// Serving connections: one task for each, never more than a limit, and an orderly end.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/base/unique_function.hpp>
#include <patio/core/async.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/core/stream.hpp>
#include <patio/core/stream_layer.hpp>
#include <patio/core/task.hpp>
#include <patio/io/endpoint.hpp>
#include <patio/io/listener.hpp>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace patio {

class event;

class serve_options;

namespace detail {
struct server_state;
void check_for_each_loop(const endpoint& at, const serve_options& options);
serve_options sharing_a_port(serve_options options);
using connection_handler = unique_function<async<>(stream)>;
}  // namespace detail

/// How connections are served. Each setter changes one thing and returns the object.
class PATIO_EXPORT serve_options {
public:
    serve_options() noexcept = default;

    /// At most this many connections at a time; more wait in the kernel, unaccepted, so that
    /// nothing is spent on them. 10,000 by default.
    serve_options& connections_max(std::size_t count) noexcept {
        connections_max_ = count;
        return *this;
    }
    /// How long handlers may go on after a stop before they are cancelled. 5 s by default.
    serve_options& grace(duration length) noexcept {
        grace_ = length;
        return *this;
    }
    /// Stops when this is set, as `server::stop()` does. **Borrows** it until the serving has
    /// ended.
    serve_options& stop_on(event& requested) noexcept {
        stop_on_ = &requested;
        return *this;
    }
    /// Encrypts every connection before its handler sees it; a handshake that fails is reported and
    /// ends that connection alone. **Borrows** the layer until the serving has ended.
    serve_options& tls(const stream_layer& layer) noexcept {
        layer_ = &layer;
        return *this;
    }
    /// How the connections' streams buffer.
    serve_options& limits(stream_limits limits) noexcept {
        limits_ = limits;
        return *this;
    }
    /// How the sockets are made, where this is given an endpoint.
    serve_options& listening(listen_options options) noexcept {
        listening_ = options;
        return *this;
    }

private:
    friend struct detail::server_state;
    friend class server;
    friend void detail::check_for_each_loop(const endpoint&, const serve_options&);
    friend serve_options detail::sharing_a_port(serve_options options);
    std::size_t connections_max_ = 10'000;
    duration grace_ = duration::seconds(5);
    event* stop_on_ = nullptr;
    const stream_layer* layer_ = nullptr;
    stream_limits limits_;
    listen_options listening_;
};

/// A running server: what `start_server` gives. A handle: dropping it neither stops the server nor
/// waits for it.
///
/// **Threads** those of its loop.
class PATIO_EXPORT server {
public:
    using loop_affine = void;

    /// Where it listens.
    [[nodiscard]] const std::vector<endpoint>& endpoints() const noexcept;
    /// The first port, for servers that let the kernel choose.
    [[nodiscard]] std::uint16_t port() const noexcept;
    /// How many connections are being served.
    [[nodiscard]] std::size_t connection_count() const noexcept;
    /// Stops in the orderly way: accepts no more, lets handlers end within the grace time, then
    /// cancels them. Returns at once.
    void stop() noexcept;
    /// The same with another grace time; with none, handlers are cancelled at once. If it stops
    /// already, the earlier end counts.
    void stop(duration grace) noexcept;
    /// Waits until the server has ended. **Fails** with what ended it, if it was not stopped.
    /// **Cancel** the server goes on.
    [[nodiscard]] async<> wait_closed();

private:
    friend struct detail::server_state;
    server(std::shared_ptr<detail::server_state> state, task<> running) noexcept;

    std::shared_ptr<detail::server_state> state_;
    task<> running_;
};

namespace detail {
PATIO_EXPORT async<> serve_all(std::vector<listener> at, connection_handler handler,
                               serve_options options);
PATIO_EXPORT async<> serve_at(endpoint at, connection_handler handler, serve_options options);
PATIO_EXPORT async<server> start_serving(std::vector<listener> at, connection_handler handler,
                                         serve_options options);
PATIO_EXPORT async<server> start_serving_at(endpoint at, connection_handler handler,
                                            serve_options options);
}  // namespace detail

/// Accepts connections at `at` and runs `handler(stream)` as a task for each, until it is stopped
/// or cancelled.
///
/// ```
/// patio::async<> echo(patio::stream peer) {
///     while (auto line = co_await peer.read_line()) co_await peer.write(*line, "\n");
/// }
/// co_await patio::serve(patio::endpoint::parse("127.0.0.1:8080"), echo);
/// ```
///
/// The handler is kept alive until the last connection has ended, so a lambda with captures will
/// do. The stream is closed when the handler lets go of it.
///
/// **Use** a lambda, named before the call, where the handler needs more than the stream: `auto
/// guest = [&room](patio::stream peer) -> patio::async<> { co_await talk(std::move(peer), room);
/// };` and `serve(at, guest)`. It is a coroutine itself: strict mode refuses one that only returns
/// another's. What it captures by reference must outlive the serving; all handlers run on one
/// loop, so what they share needs no lock.
///
/// A handler that throws ends its own connection and makes a report; peers that go away
/// (connection reset, broken pipe, a stream that ends too early) make none.
///
/// When descriptors or memory run out it reports that once, waits a second and tries again;
/// connections wait in the kernel meanwhile.
///
/// **Suspends** until it is stopped. **Fails** with what `listener::open` says.
/// **Cancel** stops accepting, cancels the handlers and returns when all have ended.
template <class F>
    requires detail::coroutine_function<F, stream>
PATIO_DETAIL_COROUTINE_WRAPPER async<> serve(endpoint at, F handler, serve_options options = {}) {
    return detail::serve_at(std::move(at), detail::connection_handler{std::move(handler)}, options);
}
/// The same with a socket that listens already.
template <class F>
    requires detail::coroutine_function<F, stream>
PATIO_DETAIL_COROUTINE_WRAPPER async<> serve(listener at, F handler, serve_options options = {}) {
    std::vector<listener> all;
    all.push_back(std::move(at));
    return detail::serve_all(std::move(all), detail::connection_handler{std::move(handler)},
                             options);
}
/// The same with several.
template <class F>
    requires detail::coroutine_function<F, stream>
PATIO_DETAIL_COROUTINE_WRAPPER async<> serve(std::vector<listener> at, F handler,
                                             serve_options options = {}) {
    return detail::serve_all(std::move(at), detail::connection_handler{std::move(handler)},
                             options);
}

/// Begins to serve and goes on with the program: the server is a task of the program's root group.
///
/// ```
/// patio::server echo_server = co_await patio::start_server(echo, endpoint);
/// …
/// echo_server.stop();
/// co_await echo_server.wait_closed();
/// ```
///
/// **Use** `serve` in a task group where the server belongs to something.
/// **Fails** with what `listener::open` says.
template <class F>
    requires detail::coroutine_function<F, stream>
PATIO_DETAIL_COROUTINE_WRAPPER async<server> start_server(F handler, endpoint at,
                                                          serve_options options = {}) {
    return detail::start_serving_at(std::move(at), detail::connection_handler{std::move(handler)},
                                    options);
}
template <class F>
    requires detail::coroutine_function<F, stream>
PATIO_DETAIL_COROUTINE_WRAPPER async<server> start_server(F handler, std::vector<listener> at,
                                                          serve_options options = {}) {
    return detail::start_serving(std::move(at), detail::connection_handler{std::move(handler)},
                                 options);
}

}  // namespace patio
