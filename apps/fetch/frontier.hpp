// SPDX-License-Identifier: MIT
#pragma once

// Which page is next: the rules of a polite crawl, without any waiting.

#include <patio/base/duration.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace fetch {

/// How much at a time, and how much in all.
struct frontier_limits {
    std::size_t underway_max = 16;
    std::size_t host_underway_max = 4;
    std::size_t pages_max = std::numeric_limits<std::size_t>::max();
    /// Between the beginnings of two requests to one host.
    patio::duration delay;
};

/// A page to be fetched. Depth 0 is what was asked for; its links are 1.
struct frontier_page {
    std::string url;
    std::string host;
    int depth = 0;
};

/// Pages that wait for their turn. Each address gets in once. Those of one host go in their order;
/// among hosts the one goes first that may go for longest.
///
/// It is told the time and never asks: whoever owns it sleeps until `next_turn()`.
class frontier {
public:
    explicit frontier(frontier_limits limits) : limits_{limits} {}

    /// **Returns** false if the address was known.
    bool add(frontier_page page);
    /// An address that shall not get in. **Returns** false if it was known.
    bool know(const std::string& url) { return known_.insert(url).second; }

    /// The page whose turn it is; nothing if all have to wait, or there is none, or enough were
    /// given. It is underway then.
    [[nodiscard]] std::optional<frontier_page> next(patio::time_point now);
    /// When `next` may have one if nothing else happens; never if it waits for one that is
    /// underway, or is empty.
    [[nodiscard]] patio::time_point next_turn() const;
    /// A page that was underway is no more.
    void finished(const frontier_page& page);
    /// The same for one that was not asked for in the end: it does not count.
    void left_out(const frontier_page& page);
    /// As many pages less may be given: those that an earlier run has had.
    void count_as_given(std::size_t pages) { given_ += pages; }

    /// A host wants a longer pause; a shorter one than the limits' changes nothing.
    void set_delay(const std::string& host, patio::duration delay);

    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }
    [[nodiscard]] std::size_t underway() const noexcept { return underway_; }
    /// Nothing is underway, and nothing will be.
    [[nodiscard]] bool has_ended() const noexcept {
        return underway_ == 0 && (waiting_ == 0 || given_ >= limits_.pages_max);
    }

private:
    using turn = std::pair<patio::time_point, std::uint64_t>;  // when, and then in order
    struct waiting_page {
        std::uint64_t number;
        frontier_page page;
    };
    struct host_state {
        std::deque<waiting_page> waiting;
        std::size_t underway = 0;
        patio::duration delay;
        patio::time_point free_at;
        std::optional<turn> in_turns;
    };

    [[nodiscard]] host_state& host_of(const std::string& name);
    void put_in_turn(host_state& host);

    frontier_limits limits_;
    std::unordered_set<std::string> known_;
    std::unordered_map<std::string, host_state> hosts_;
    // The hosts that have a page waiting and a place free; each knows its own entry.
    std::map<turn, host_state*> turns_;
    std::uint64_t added_ = 0;
    std::size_t given_ = 0;
    std::size_t waiting_ = 0;
    std::size_t underway_ = 0;
};

}  // namespace fetch
