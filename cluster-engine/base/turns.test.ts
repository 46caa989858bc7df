import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

test("so many have their turn at once, the next when one has ended, each once", async () => {
  const turns = new Turns(2);
  const order: string[] = [];
  const take = async (name: string) => {
    const end = await turns.take();
    order.push(name);
    return end;
  };
  const [first, second] = await Promise.all([take("a"), take("b")]);
  const third = take("c");
  const fourth = take("d");
  await Promise.resolve();
  expect(order).toEqual(["a", "b"]);
  first();
  first();
  (await third)();
  await fourth;
  expect(order).toEqual(["a", "b", "c", "d"]);
  second();
});
