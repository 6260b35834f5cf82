#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Gives draw.py small recordings and reads the pictures."""

import pathlib
import sys
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import draw  # pylint: disable=wrong-import-position

SVG = "{http://www.w3.org/2000/svg}"
TWO_BARS = ("picture\tone\ttimeline\ttwo of them\nbegin\t0\ta\twaits\nbegin\t100\tb\tblocks\n"
            "end\t200\tb\nend\t400\ta\n")


def parse(svg):
    return xml.etree.ElementTree.fromstring(svg)


def words(svg):
    return [each.text for each in parse(svg).iter(f"{SVG}text")]


class DrawTest(unittest.TestCase):

    def test_bars_are_as_long_as_what_they_stand_for(self):
        svg = draw.draw_timelines([draw.read(TWO_BARS)["one"]])
        bars = {each.get("class"): each for each in parse(svg).iter(f"{SVG}rect")
                if each.get("class") != "paper"}
        waits, busy = bars["waits"], bars["busy"]
        self.assertAlmostEqual(float(waits.get("width")), 4 * float(busy.get("width")), 1)
        self.assertIn("waits 400 ms", words(svg))
        self.assertIn("blocks 100 ms", words(svg))

    def test_pictures_that_stand_together_have_one_scale(self):
        short = draw.Recording("s", "timeline", "short",
                               [["begin", "0", "a", "waits"], ["end", "100", "a"]])
        both = draw.draw_timelines([draw.read(TWO_BARS)["one"], short])
        widths = [float(each.get("width")) for each in parse(both).iter(f"{SVG}rect")
                  if each.get("class") == "waits"]
        self.assertAlmostEqual(widths[0], 4 * widths[1], 1)

    def test_a_bar_without_an_end_cannot_be_drawn(self):
        recording = draw.read("picture\tone\ttimeline\tx\nbegin\t0\ta\twaits\n")["one"]
        with self.assertRaises(draw.Mistake):
            draw.draw_timelines([recording])

    def test_what_comes_before_a_picture_is_a_mistake(self):
        with self.assertRaises(draw.Mistake):
            draw.read("begin\t0\ta\twaits\n")

    def test_turns_end_where_the_loop_sleeps(self):
        svg = draw.draw_turns(draw.read(
            "picture\tt\tturns\tx\nstep\t0\ta\torders\nwait\t0\t250\nstep\t250\ta\teats\n")["t"])
        self.assertIn("turn 2", words(svg))
        self.assertNotIn("turn 3", words(svg))
        self.assertIn("sleeps 250 ms", words(svg))

    def test_a_tree_has_a_box_for_each_task(self):
        svg = draw.draw_tree(draw.read(
            "picture\tt\ttree\tx\n2 tasks\n  main: 1 child at a.cpp:3 for 1.0 s\n"
            "    soup: sleep at a.cpp:9 for 1.0 s, 2.0 s left\n")["t"])
        self.assertEqual(words(svg), ["main", "1 child for 1.0 s", "soup",
                                      "sleep for 1.0 s, 2.0 s left"])

    def test_a_terminal_has_its_colours_and_its_columns(self):
        svg = draw.draw_terminal("\x1b[1mtitle\x1b[0m\n  \x1b[32m<ok>\x1b[0m & more\n", "x")
        texts = list(parse(svg).iter(f"{SVG}text"))
        self.assertEqual([each.text for each in texts], ["title", "  ", "<ok>", " & more"])
        self.assertEqual(texts[0].get("font-weight"), "700")
        self.assertEqual(texts[2].get("fill"), draw.COLOURS["32"])

    def test_measured_numbers_make_no_difference_and_words_do(self):
        first = draw.draw_terminal("took 0.31 s ███···\n", "x")
        self.assertEqual(draw.without_numbers(first),
                         draw.without_numbers(draw.draw_terminal("took 0.4 s ██····\n", "x")))
        self.assertNotEqual(draw.without_numbers(first),
                            draw.without_numbers(draw.draw_terminal("needed 0.31 s\n", "x")))


if __name__ == "__main__":
    unittest.main()
