// SPDX-License-Identifier: MIT

#include <patio/sql/executor.hpp>

#include <patio/core/error.hpp>

namespace patio::sql {

const detail::level_ref& executor::level() const {
    if (!level_) throw patio::error{patio::errc::closed, "using a database connection"};
    return level_;
}

namespace detail {

async<executed> execute_at(level_ref at, std::string sql, parameters with) {
    auto turn = pass_turnstile(*at);
    co_await std::move(turn);
    auto running = at->link->execute(request{std::move(sql), std::move(with), at->depth});
    const executed done = co_await std::move(running);
    co_return done;
}

async<executed> execute_many_at(level_ref at, std::string sql, std::vector<parameters> each) {
    auto turn = pass_turnstile(*at);
    co_await std::move(turn);
    auto running = at->link->execute_many(std::move(sql), std::move(each), at->depth);
    const executed done = co_await std::move(running);
    co_return done;
}

async<> execute_script_at(level_ref at, std::string script) {
    auto turn = pass_turnstile(*at);
    co_await std::move(turn);
    auto running = at->link->execute_script(std::move(script), at->depth);
    co_await std::move(running);
}

async<std::vector<row>> query_at(level_ref at, std::string sql, parameters with,
                                 std::size_t rows_max) {
    auto turn = pass_turnstile(*at);
    co_await std::move(turn);
    auto running = at->link->query(request{std::move(sql), std::move(with), at->depth}, rows_max);
    std::vector<row> found = co_await std::move(running);
    co_return found;
}

async_generator<row> rows_at(level_ref at, std::string sql, parameters with) {
    const std::unique_ptr<cursor> all =
        at->link->open_cursor(request{std::move(sql), std::move(with), at->depth});
    while (!all->is_done()) {
        auto turn = pass_turnstile(*at);
        co_await std::move(turn);
        auto fetching = all->next_batch();
        std::vector<row> batch = co_await std::move(fetching);
        for (row& each : batch)
            co_yield std::move(each);
    }
}

}  // namespace detail
}  // namespace patio::sql
