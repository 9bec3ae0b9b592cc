// Runs once, when the data folder is empty: the product's own user, which may
// read and write its database and nothing else.
const database = process.env.BEDESTEN_MONGO_DATABASE;

db.getSiblingDB(database).createUser({
  user: "bedesten",
  pwd: process.env.BEDESTEN_MONGO_PASSWORD,
  roles: [{ role: "readWrite", db: database }],
});
