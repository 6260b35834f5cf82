// SPDX-License-Identifier: MIT

#include "store.hpp"

#include "limits.hpp"
#include "rules.hpp"

#include <patio/sqlite/options.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace chat {

using patio::async;

namespace {

// "chat" in ASCII: the field of SQLite's head by which a program knows its own files.
constexpr std::int64_t application_id = 1'667'785'076;
constexpr const char* schema = R"(
pragma application_id = 1667785076;
create table if not exists chat (one integer primary key check (one = 1), epoch text not null);
create table if not exists message (
    id integer primary key autoincrement,
    room text not null, person text not null, name text not null, text text not null,
    time integer not null, key text not null,
    unique (person, room, key));
create index if not exists message_of_room on message (room, id);
create table if not exists name (
    room text not null, folded text not null, name text not null, owner text not null,
    visited integer not null,
    primary key (room, folded), unique (room, owner)) without rowid;
)";

/// To whom a name belongs.
struct belonging {
    std::string name;
    std::string owner;
    std::int64_t visited;
};

/// **Fails** if there is something in the file that we have not made: nothing must be added to it.
async<> check_owner(patio::sqlite::connection& of) {
    const auto id = co_await of.query_one<std::int64_t>("pragma application_id");
    const auto tables = co_await of.query_one<std::int64_t>("select count(*) from sqlite_schema");
    if (id == application_id || (id == 0 && tables == 0)) co_return;
    const auto code = make_error_code(patio::sql::errc::cannot_open);
    throw patio::sql::error{code, "'" + of.path() + "' belongs to another program"};
}

/// Keeps of messages, the newest first, what a page may hold, and turns them round.
page make_page(std::vector<message> newest_first, std::size_t count_max, std::size_t bytes_max) {
    page made;
    std::size_t bytes = 0;
    for (message& each : newest_first) {
        bytes += written_bytes_max(each);
        made.has_older = made.messages.size() == count_max || bytes > bytes_max;
        if (made.has_older) break;
        made.messages.push_back(std::move(each));
    }
    std::ranges::reverse(made.messages);
    return made;
}

/// Whether a visit is near enough to one that is written down: who comes back does not wait for the
/// disk then, and may come back when it is full.
bool is_noted(std::int64_t visited, std::int64_t time) noexcept {
    return visited > time - visit_noted_ms;
}

async<receipt> add_one(patio::sql::open_transaction& in, const draft& one) {
    const auto added = co_await in.query_one<std::int64_t>(
        "insert into message (room, person, name, text, time, key) values (?, ?, ?, ?, ?, ?) "
        "on conflict (person, room, key) do nothing returning id",
        one.room, one.person, one.name, one.text, one.time, one.key);
    receipt under;
    under.time = one.time;
    if (added) {
        under.id = *added;
        co_return under;
    }
    const auto known = co_await in.query_one<std::pair<std::int64_t, std::int64_t>>(
        "select id, time from message where person = ? and room = ? and key = ?", one.person,
        one.room, one.key);
    std::tie(under.id, under.time) = known.value();
    under.is_repeated = true;
    co_return under;
}

}  // namespace

async<store> store::open(std::string path) {
    const auto options = patio::sqlite::options{}
                             .journal(patio::sqlite::journal_mode::wal)
                             .busy_timeout(patio::duration::seconds(2));
    auto opened = co_await patio::sqlite::open(std::move(path), options);
    store made{std::move(opened)};
    auto checking = check_owner(made.db_);
    co_await std::move(checking);
    // A second server on the same file would not hear what this one stores.
    co_await made.db_.execute("pragma locking_mode = exclusive");
    co_await made.db_.execute_script(schema);
    const std::string epoch = random_word();
    co_await made.db_.execute("insert into chat values (1, ?) on conflict do nothing", epoch);
    const auto kept = co_await made.db_.query_one<std::string>("select epoch from chat");
    made.epoch_ = kept.value();
    co_return made;
}

async<std::vector<receipt>> store::add(std::vector<draft> all) {
    const auto body = [&](patio::sql::open_transaction& in) -> async<std::vector<receipt>> {
        std::vector<receipt> receipts;
        for (const draft& each : all) {
            const receipt under = co_await add_one(in, each);
            receipts.push_back(under);
        }
        co_return receipts;
    };
    auto adding = db_.transaction(body);
    co_return co_await std::move(adding);
}

async<std::optional<receipt>> store::find(std::string person, std::string room, std::string key) {
    const auto known = co_await db_.query_one<std::pair<std::int64_t, std::int64_t>>(
        "select id, time from message where person = ? and room = ? and key = ?", person, room,
        key);
    std::optional<receipt> found;
    if (known) {
        found.emplace();
        std::tie(found->id, found->time) = *known;
        found->is_repeated = true;
    }
    co_return found;
}

async<page> store::latest(std::string room) {
    auto found = co_await db_.query<message>(
        "select id, room, person, name, text, time, key from message "
        "where room = ? order by id desc limit ?",
        room, page_messages_max + 1);
    co_return make_page(std::move(found), page_messages_max, page_bytes_max);
}

async<page> store::before(std::string room, std::int64_t id) {
    auto found = co_await db_.query<message>(
        "select id, room, person, name, text, time, key from message "
        "where room = ? and id < ? order by id desc limit ?",
        room, id, page_messages_max + 1);
    co_return make_page(std::move(found), page_messages_max, page_bytes_max);
}

async<std::optional<page>> store::since(std::string room, std::int64_t id) {
    auto found = co_await db_.query<message>(
        "select id, room, person, name, text, time, key from message "
        "where room = ? and id > ? order by id desc limit ?",
        room, id, missed_messages_max + 1);
    std::optional<page> all;
    all.emplace(make_page(std::move(found), missed_messages_max, missed_bytes_max));
    if (all->has_older) all.reset();  // there is more between `id` and the page
    co_return all;
}

async<std::vector<std::pair<std::string, std::int64_t>>> store::rooms() {
    auto all = db_.query<std::pair<std::string, std::int64_t>>(
        "select room, max(id) from message group by room");
    co_return co_await std::move(all);
}

async<bool> store::claim(std::string room, std::string name, std::string owner, std::int64_t time) {
    const std::string same = folded(name);
    const auto body = [&](patio::sql::open_transaction& in) -> async<bool> {
        const auto now = co_await in.query_one<belonging>(
            "select name, owner, visited from name where room = ? and folded = ?", room, same);
        const bool is_own = now && now->owner == owner;
        if (now && !is_own && now->visited > time - name_kept_ms) co_return false;
        if (is_own && now->name == name && is_noted(now->visited, time)) co_return true;
        co_await in.execute("delete from name where room = ? and (folded = ? or owner = ?)", room,
                            same, owner);
        co_await in.execute("insert into name values (?, ?, ?, ?, ?)", room, same, name, owner,
                            time);
        co_return true;
    };
    auto claiming = db_.transaction(body);
    co_return co_await std::move(claiming);
}

async<std::optional<std::string>> store::name_of(std::string room, std::string owner,
                                                 std::int64_t time) {
    auto found = co_await db_.query_one<belonging>(
        "select name, owner, visited from name where room = ? and owner = ?", room, owner);
    std::optional<std::string> name;
    if (!found) co_return name;
    if (!is_noted(found->visited, time)) {
        co_await db_.execute("update name set visited = ? where room = ? and owner = ?", time, room,
                             owner);
    }
    name = std::move(found->name);
    co_return name;
}

async<> store::prune(std::uint64_t messages, std::int64_t time) {
    // Room by room, so that what people say comes in between.
    const auto rooms = co_await db_.query<std::string>("select distinct room from message");
    for (const std::string& room : rooms) {
        co_await db_.execute(
            "delete from message where room = ?1 and time < ?2 and id <= "
            "(select id from message where room = ?1 order by id desc limit 1 offset ?3)",
            room, time - day_ms, messages);
    }
    co_await db_.execute("delete from name where visited < ?", time - name_kept_ms);
}

async<> store::close() {
    auto closing = db_.close();
    co_await std::move(closing);
}

}  // namespace chat
