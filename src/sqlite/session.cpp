// SPDX-License-Identifier: MIT

#include "session.hpp"

#include <patio/core/detail/callable.hpp>
#include <patio/core/detail/loop_state.hpp>
#include <patio/core/error.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/task_group.hpp>

#include <algorithm>
#include <utility>

namespace patio::sqlite::detail {

namespace {

/// Whether a task can be started for what nobody waits for.
bool can_start_tasks() noexcept {
    return patio::detail::this_loop != nullptr && !patio::detail::root_group().closed;
}

}  // namespace

std::shared_ptr<session> session::make(std::string path, options how) {
    return std::shared_ptr<session>{new session{std::move(path), how}, &session::retire};
}

// --- the end

/// Without a loop, or at its very end, the file is closed here and now: nobody else is kept
/// waiting.
void session::retire(session* unused) noexcept {
    std::unique_ptr<session> last{unused};
    if (!last->database_.is_open() || !can_start_tasks()) return;
    try {
        auto closing = close_later(std::move(last));
        create_task(std::move(closing));
    } catch (...) {  // no memory for a task: it has been closed here, too
    }
}

async<> session::close_later(std::unique_ptr<session> unused) {
    const auto call = [&database = unused->database_] { database.close(); };
    try {
        auto closing = shield(unused->thread_.run(call));
        co_await std::move(closing);
    } catch (const patio::error&) {  // who wants to hear of it awaits close()
    }
}

async<> session::close() {
    const auto call = [this] { database_.close(); };
    auto closing = thread_.run(call);
    co_await std::move(closing);
}

// --- statements

async<> session::open() {
    const auto call = [this](stop_signal stop) { database_.open(stop, path_); };
    auto opening = thread_.run(call);
    co_await std::move(opening);
}

async<sql::executed> session::execute(sql::detail::request what) {
    const auto call = [this, &what](stop_signal stop) {
        return database_.execute(stop, what.depth, what.text, what.values);
    };
    auto running = thread_.run(call);
    const sql::executed done = co_await std::move(running);
    co_return done;
}

async<sql::executed> session::execute_many(std::string sql, std::vector<sql::parameters> each,
                                           unsigned depth) {
    const auto call = [&, this](stop_signal stop) {
        return database_.execute_many(stop, depth, sql, each);
    };
    auto running = thread_.run(call);
    const sql::executed done = co_await std::move(running);
    co_return done;
}

async<> session::execute_script(std::string script, unsigned depth) {
    const auto call = [&, this](stop_signal stop) {
        database_.execute_script(stop, depth, script);
    };
    auto running = thread_.run(call);
    co_await std::move(running);
}

async<std::vector<sql::row>> session::query(sql::detail::request what, std::size_t rows_max) {
    const auto call = [&, this](stop_signal stop) {
        return database_.query(stop, what.depth, what.text, what.values, rows_max);
    };
    auto running = thread_.run(call);
    std::vector<sql::row> found = co_await std::move(running);
    co_return found;
}

// --- results

class session::cursor final : public sql::detail::cursor {
public:
    cursor(session& of, result& target) noexcept : session_{&of}, result_{&target} {}
    ~cursor() override { session_->forget(result_); }

    async<std::vector<sql::row>> next_batch() override {
        const auto call = [this](stop_signal stop) {
            return session_->database_.fetch(stop, *result_);
        };
        auto fetching = session_->thread_.run(call);
        std::vector<sql::row> batch = co_await std::move(fetching);
        co_return batch;
    }
    [[nodiscard]] bool is_done() const noexcept override { return result_->is_done; }

private:
    session* session_;  // kept by whoever keeps this
    result* result_;
};

std::unique_ptr<sql::detail::cursor> session::open_cursor(sql::detail::request what) {
    auto target =
        std::make_unique<result>(std::move(what.text), std::move(what.values), what.depth);
    results_.push_back(std::move(target));
    return std::make_unique<cursor>(*this, *results_.back());
}

/// Its statement belongs to the thread. Where no task can be started for it, it goes with the
/// session.
void session::forget(result* unwanted) noexcept {
    if (unwanted->running == nullptr) {
        std::erase_if(results_, [&](const auto& each) { return each.get() == unwanted; });
        return;
    }
    if (!can_start_tasks()) return;
    try {
        auto dropping = drop_later(shared_from_this(), unwanted);
        create_task(std::move(dropping));
    } catch (...) {  // no memory for a task
    }
}

async<> session::drop_later(std::shared_ptr<session> self, result* unwanted) {
    const auto call = [&database = self->database_, unwanted] { database.drop(*unwanted); };
    auto dropping = shield(self->thread_.run(call));
    co_await std::move(dropping);
    std::erase_if(self->results_, [&](const auto& each) { return each.get() == unwanted; });
}

// --- transactions

async<> session::begin(sql::transaction_options how, unsigned depth) {
    const auto call = [&, this](stop_signal stop) { database_.begin(stop, how.mode(), depth); };
    auto beginning = thread_.run(call);
    co_await std::move(beginning);
}

async<> session::commit(unsigned depth) {
    const auto call = [this, depth](stop_signal stop) { database_.commit(stop, depth); };
    auto committing = thread_.run(call);
    co_await std::move(committing);
}

async<> session::rollback(unsigned depth) {
    const auto call = [this, depth] { database_.roll_back(depth); };
    auto rolling_back = thread_.run(call);
    co_await std::move(rolling_back);
}

async<> session::backup_to(std::string path) {
    const auto call = [&, this](stop_signal stop) { database_.backup_to(stop, path); };
    auto copying = thread_.run(call);
    co_await std::move(copying);
}

}  // namespace patio::sqlite::detail
