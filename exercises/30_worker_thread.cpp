// SPDX-License-Identifier: MIT
//
// TASK: Three threads count votes, and write on the board of the loop. Let them give their counts
// to the loop instead.
// HINT: home.post(f) may be called on any thread; the loop calls f() on its own. Give f what it
// needs by value: [&board, count].
// FAILS: add\(\) was called on a foreign thread

#include "support/learn.hpp"

#include <functional>
#include <thread>

/// Belongs to the loop's thread, as everything of Patio's does: no other one may touch it.
class score_board {
public:
    void add(long votes) {
        learn::expect(std::this_thread::get_id() == home_, "add() was called on a foreign thread");
        total += votes;
        if (++counted_ == 3) complete.set();
    }

    long total = 0;
    patio::event complete;

private:
    std::thread::id home_ = std::this_thread::get_id();
    int counted_ = 0;
};

// TODO: this runs on a thread of its own. Let the loop, which is `home`, call add().
void count_votes(int box, [[maybe_unused]] patio::loop_handle home, score_board& board) {
    const long votes = learn::crunch_numbers(box);
    board.add(votes);
}

// --- check

patio::async<long> election() {
    score_board board;
    const patio::loop_handle home = patio::current_loop();
    const auto begin = [&](int box) {
        return patio::to_thread(count_votes, box, home, std::ref(board));
    };
    co_await patio::gather(begin(1), begin(2), begin(3));
    co_await board.complete.wait();
    co_return board.total;
}

int main() {
    return learn::check(
        [] {
            const long total = learn::watch_really(election());
            const long expected =
                learn::crunch_numbers(1) + learn::crunch_numbers(2) + learn::crunch_numbers(3);
            learn::expect(total == expected, "some votes are missing on the board");
        },
        "what belongs to the loop is touched on its thread; others post a function to it.");
}
