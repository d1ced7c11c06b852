// What shipping costs, by order: a base price by country and something for every further piece.
const BASE = { DE: 4.9, FR: 6.5, JP: 18, US: 14 };

const priceOf = ({ country, quantity }) => Math.round(100 * ((BASE[country] ?? 20) + 0.8 * (quantity - 1))) / 100;

export const handler = async (orders) => {
  console.log(`shipping for ${orders.length} orders`);
  return Object.fromEntries(orders.map((order) => [order.id, priceOf(order)]));
};
