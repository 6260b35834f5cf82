// SPDX-License-Identifier: MIT

#include <patio/io/server.hpp>

#include <patio/core/error.hpp>
#include <patio/core/exception_group.hpp>
#include <patio/core/loop.hpp>
#include <patio/core/race.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/sync/semaphore.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>

#include <cerrno>
#include <exception>
#include <string>
#include <system_error>

namespace patio {
namespace detail {

namespace {

/// How long a server that has run out of descriptors waits. Theirs is the next move: asyncio waits
/// as long.
constexpr duration accept_pause = duration::seconds(1);

/// The process or the system has no descriptors or memory left, and will have some again.
bool is_shortage(const std::error_code& code) noexcept {
    return code == std::errc::too_many_files_open ||
           code == std::errc::too_many_files_open_in_system || code == std::errc::no_buffer_space ||
           code == std::errc::not_enough_memory;
}

/// The peer went away: everyday life of a server, and no mistake of the handler's.
bool is_departure(const std::error_code& code) noexcept {
    return code == std::errc::connection_reset || code == std::errc::broken_pipe ||
           code == errc::end_of_stream;
}

void report_failure(const std::string& text) noexcept {
    this_thread_loop().emit(report{report_kind::unobserved_failure, text.c_str()});
}

}  // namespace

struct server_state {
    server_state(std::vector<listener> at, connection_handler handler_, serve_options options_)
        : doors{std::move(at)},
          handler{std::move(handler_)},
          options{options_},
          slots{options.connections_max_} {
        for (const listener& door : doors)
            endpoints.push_back(door.local_endpoint());
    }

    [[nodiscard]] static server make_server(std::shared_ptr<server_state> state) {
        task<> running = create_task(serve_while_open(state));
        return server{std::move(state), std::move(running)};
    }

    /// Handlers may go on until then.
    void stop(time_point deadline) noexcept {
        if (deadline < last_moment) last_moment = deadline;
        grace_changed.set();
        stop_requested.set();
    }
    [[nodiscard]] static const listen_options& listening(const serve_options& of) noexcept {
        return of.listening_;
    }

    static async<> serve_while_open(std::shared_ptr<server_state> state);

    std::vector<listener> doors;
    std::vector<endpoint> endpoints;
    connection_handler handler;
    serve_options options;
    semaphore slots;
    event stop_requested;
    event has_no_connection;
    event grace_changed;
    time_point last_moment = time_point::never();
    std::size_t connection_count = 0;
    std::exception_ptr end_cause;  // what ended it, if it was not stopped

private:
    async<> wait_for_stop();
    async<> let_handlers_end();
    async<> accept_all(task_group& connections);
    async<> accept_from(listener& door, task_group& connections);
    async<stream> accept_patiently(listener& door);
    static async<> serve_one(server_state& state, semaphore_permit permit, stream peer);
    async<> handle(stream peer);
};

namespace {

/// Counts a connection while it lives.
class counted_connection {
public:
    explicit counted_connection(server_state& of) noexcept : of_{of} { ++of_.connection_count; }
    counted_connection(const counted_connection&) = delete;
    counted_connection& operator=(const counted_connection&) = delete;
    ~counted_connection() {
        if (--of_.connection_count == 0) of_.has_no_connection.set();
    }

private:
    server_state& of_;
};

}  // namespace

// --- one connection

async<> server_state::handle(stream peer) {
    if (options.layer_ != nullptr) {
        auto handshake = options.layer_->start(peer, std::string{});
        co_await std::move(handshake);
    }
    auto handling = handler(std::move(peer));
    co_await std::move(handling);
}

async<> server_state::serve_one(server_state& state, semaphore_permit permit, stream peer) {
    const semaphore_permit slot = std::move(permit);
    const counted_connection counted{state};
    try {
        auto handling = state.handle(std::move(peer));
        co_await std::move(handling);
    } catch (const std::system_error& failure) {
        if (!is_departure(failure.code())) {
            report_failure(std::string{"a connection's handler failed: "} + failure.what());
        }
    } catch (const std::exception& failure) {
        report_failure(std::string{"a connection's handler failed: "} + failure.what());
    } catch (...) {
        report_failure("a connection's handler failed with something that is no std::exception");
    }
}

// --- accepting

async<stream> server_state::accept_patiently(listener& door) {
    bool is_reported = false;
    for (;;) {
        try {
            stream peer = co_await door.accept(options.limits_);
            co_return peer;
        } catch (const error& failure) {
            if (!is_shortage(failure.code())) throw;
            if (!is_reported) {
                report_failure("a server accepts no more connections until there is room: " +
                               std::string{failure.what()});
            }
            is_reported = true;
        }
        co_await sleep(accept_pause);
    }
}

async<> server_state::accept_from(listener& door, task_group& connections) {
    for (;;) {
        semaphore_permit permit = co_await slots.acquire();
        stream peer = co_await accept_patiently(door);
        has_no_connection.clear();
        connections.spawn(serve_one(*this, std::move(permit), std::move(peer)));
    }
}

async<> server_state::wait_for_stop() {
    if (options.stop_on_ == nullptr) {
        co_await stop_requested.wait();
        co_return;
    }
    auto first = race(stop_requested.wait(), options.stop_on_->wait());
    co_await std::move(first);
}

async<> server_state::accept_all(task_group& connections) {
    try {
        const auto accepting = [&](task_group& doormen) -> async<> {
            for (listener& door : doors)
                doormen.spawn(accept_from(door, connections));
            co_await wait_for_stop();
            doormen.cancel("the server stops");
        };
        co_await with_task_group(accepting);
    } catch (const exception_group& failures) {
        end_cause = failures.size() == 1 ? failures[0].error() : std::current_exception();
    }
    for (listener& door : doors)
        door.close();
}

async<> server_state::let_handlers_end() {
    stop(this_thread_loop().now() + options.grace_);  // where an event has asked for it
    while (connection_count > 0 && this_thread_loop().now() < last_moment) {
        grace_changed.clear();
        const duration left = last_moment - this_thread_loop().now();
        auto ended = race(has_no_connection.wait(), grace_changed.wait());
        co_await move_on_after(left, std::move(ended));
    }
}

async<> server_state::serve_while_open(std::shared_ptr<server_state> state) {
    server_state& self = *state;
    const auto serving = [&self](task_group& connections) -> async<> {
        co_await self.accept_all(connections);
        if (self.end_cause == nullptr) co_await self.let_handlers_end();
        connections.cancel("the server stops");
    };
    co_await with_task_group(serving);
    if (self.end_cause != nullptr) std::rethrow_exception(self.end_cause);
}

// --- what the templates call

async<> serve_all(std::vector<listener> at, connection_handler handler, serve_options options) {
    auto state = std::make_shared<server_state>(std::move(at), std::move(handler), options);
    auto serving = server_state::serve_while_open(std::move(state));
    co_await std::move(serving);
}

namespace {

async<> wait_for(task<> running) { co_await running; }

std::vector<listener> open_one(const endpoint& at, const serve_options& options) {
    std::vector<listener> all;
    all.push_back(listener::open(at, server_state::listening(options)));
    return all;
}

}  // namespace

async<> serve_at(endpoint at, connection_handler handler, serve_options options) {
    auto serving = serve_all(open_one(at, options), std::move(handler), options);
    co_await std::move(serving);
}

async<server> start_serving(std::vector<listener> at, connection_handler handler,
                            serve_options options) {
    co_return server_state::make_server(
        std::make_shared<server_state>(std::move(at), std::move(handler), options));
}

async<server> start_serving_at(endpoint at, connection_handler handler, serve_options options) {
    co_return server_state::make_server(
        std::make_shared<server_state>(open_one(at, options), std::move(handler), options));
}

}  // namespace detail

server::server(std::shared_ptr<detail::server_state> state, task<> running) noexcept
    : state_{std::move(state)}, running_{std::move(running)} {}

const std::vector<endpoint>& server::endpoints() const noexcept { return state_->endpoints; }
std::uint16_t server::port() const noexcept { return state_->endpoints.front().port(); }
std::size_t server::connection_count() const noexcept { return state_->connection_count; }
void server::stop() noexcept { stop(state_->options.grace_); }
void server::stop(duration grace) noexcept { state_->stop(this_thread_loop().now() + grace); }
async<> server::wait_closed() { return detail::wait_for(running_); }

}  // namespace patio
