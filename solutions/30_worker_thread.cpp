// SPDX-License-Identifier: MIT

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

void count_votes(int box, patio::loop_handle home, score_board& board) {
    const long votes = learn::crunch_numbers(box);
    home.post([&board, votes] { board.add(votes); });
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
