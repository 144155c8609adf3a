"""Clang refuses code that touches what a lock guards without it: the annotations mean something."""

import os
import shutil
import subprocess
import unittest
from pathlib import Path

SOURCES = Path(os.environ["EVENTAIL_SCRIPTS"]).parent / "src"
CLANG = shutil.which("clang++") or shutil.which("clang++-14")

COUNTER = """
#include "base/mutex.hpp"

class Counter {
public:
    int add() { %s }
    bool add_if_free() {
        if (!mutex_.try_lock()) return false;
        const eventail::Lock lock(mutex_, std::adopt_lock);
        ++count_;
        return true;
    }
    void wait() {
        eventail::Lock lock(mutex_);
        while (count_ == 0) changed_.wait(lock);
    }

private:
    int add_under_lock() EVENTAIL_REQUIRES(mutex_) { return ++count_; }

    eventail::Mutex mutex_;
    eventail::Condition changed_;
    int count_ EVENTAIL_GUARDED_BY(mutex_) = 0;
};
"""


@unittest.skipUnless(CLANG, "no Clang")
class ThreadSafety(unittest.TestCase):
    def complaint(self, add):
        run = subprocess.run(
            [CLANG, "-std=c++20", "-fsyntax-only", "-Wthread-safety", "-Werror", f"-I{SOURCES}",
             "-x", "c++", "-"],
            input=COUNTER % add, capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode == 0, run.stderr == "", run.stderr)
        return run.stderr

    def test_with_the_lock_all_is_well(self):
        self.assertEqual(
            self.complaint("const eventail::Lock lock(mutex_); return add_under_lock();"), "")

    def test_a_member_is_not_touched_without_its_lock(self):
        self.assertIn("'count_' requires holding mutex 'mutex_'", self.complaint("return ++count_;"))

    def test_a_function_is_not_called_without_its_lock(self):
        self.assertIn("'add_under_lock' requires holding mutex 'mutex_'",
                      self.complaint("return add_under_lock();"))

    def test_nor_after_the_lock_was_let_go(self):
        self.assertIn("requires holding mutex 'mutex_'", self.complaint(
            "eventail::Lock lock(mutex_); lock.unlock(); return add_under_lock();"))


if __name__ == "__main__":
    unittest.main()
